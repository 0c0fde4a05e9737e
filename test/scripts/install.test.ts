import { existsSync, truncateSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { findLibtorch, LibtorchError } from '../../lib/libtorch.ts';
import { rejection, Site, Workplace } from './installation.ts';
import { CONTENTS } from './wheel.ts';

describe('an installation of libtorch', () => {
  let work: Workplace;
  beforeEach(async () => {
    work = await new Workplace().open();
  });
  afterEach(() => work.close());

  describe('a download', () => {
    it('unpacks what running and building need, and nothing of Python', async () => {
      const found = await work.obtain();
      expect(found).to.deep.equal({
        root: work.root,
        lib: join(work.root, 'lib'),
        version: '2.13.0+cpu',
        source: 'cache',
      });
      work.expectInstalled();
      expect(work.site.requests).to.deep.equal([`/whl/${work.wheel.artefact.file.replace('+', '%2B')}`]);
      const kept = [
        ...['version.py', 'lib/libc10.so', 'lib/libgomp.so.1', 'include/ATen/ATen.h', 'hinge-manifest.json'],
        ...['share/cmake/Torch/TorchConfig.cmake', 'licenses/third_party/one/LICENSE.txt'],
        'torchgen/packaged/ATen/native/native_functions.yaml',
      ];
      for (const file of kept) expect(existsSync(join(work.root, file)), file).to.equal(true);
      for (const file of ['lib/libtorch_python.so', 'nn', 'RECORD', 'licenses/RECORD']) {
        expect(existsSync(join(work.root, file)), file).to.equal(false);
      }
    });

    it('reports bytes up to the last one, then entries', async () => {
      await work.obtain();
      const { bytes } = work.wheel.artefact;
      expect(work.events.filter(({ stage }) => stage === 'download').at(-1)).to.deep.equal({
        stage: 'download',
        done: bytes,
        total: bytes,
      });
      expect(work.events.at(-1)).to.include({ stage: 'unpack', done: Object.keys(CONTENTS).length });
    });

    it('is not repeated when libtorch is in the cache, not even when the site is gone', async () => {
      await work.obtain();
      work.site.listener = (_, response) => response.destroy();
      expect((await work.obtain()).root).to.equal(work.root);
      expect(work.site.requests).to.have.length(1);
    });

    it('is repeated by force', async () => {
      await work.obtain();
      writeFileSync(join(work.root, 'mark'), '');
      await work.obtain({ force: true });
      expect(work.site.requests).to.have.length(2);
      expect(existsSync(join(work.root, 'mark'))).to.equal(false);
      work.expectInstalled();
    });

    it('replaces a cached libtorch that has lost bytes', async () => {
      await work.obtain();
      truncateSync(join(work.root, 'lib/libtorch_cpu.so'), 1000);
      expect(() => findLibtorch(work.request())).to.throw(
        LibtorchError,
        'lib/libtorch_cpu.so has 1000 bytes instead of 2000000',
      );
      await work.obtain();
      work.expectInstalled();
    });

    it('comes from HINGE_LIBTORCH_MIRROR and not from the official site when that is set', async () => {
      const mirror = new Site((_, response) => response.end(work.wheel.body));
      work.env.HINGE_LIBTORCH_MIRROR = `${await mirror.open()}/pytorch/`;
      await work.obtain();
      expect(mirror.requests).to.deep.equal([`/pytorch/${encodeURIComponent(work.wheel.artefact.file)}`]);
      expect(work.site.requests).to.deep.equal([]);
      await mirror.close();
      work.expectInstalled();
    });
  });

  describe('a download that fails', () => {
    const failures: Record<string, { answer: (response: ServerResponse) => void; says: RegExp }> = {
      'a body that is cut off': {
        answer: (response) => {
          response.writeHead(200, { 'content-length': work.wheel.body.length });
          response.write(work.wheel.body.subarray(0, 500_000), () => response.destroy());
        },
        says: /other side closed|terminated|ECONNRESET|ended after/,
      },
      'a body that is complete but too short': {
        answer: (response) => response.end(work.wheel.body.subarray(0, 500_000)),
        says: /ended after 500000 of \d+ bytes/,
      },
      'a body that is too long': {
        answer: (response) => response.end(Buffer.concat([work.wheel.body, Buffer.from('more')])),
        says: /longer than the \d+ bytes expected/,
      },
      'a body with another hash': {
        answer: (response) => {
          const body = Buffer.from(work.wheel.body);
          body.writeUInt8(body.readUInt8(70_000) ^ 1, 70_000);
          response.end(body);
        },
        says: /refused torch-.* SHA-256 [0-9a-f]{64}\): it is not the pinned torch-/,
      },
      'a missing file': { answer: (response) => response.writeHead(404).end('no'), says: /HTTP 404 Not Found/ },
      'a server that never answers': { answer: () => {}, says: /no answer in 0.2 s/ },
      'a server that stalls': {
        answer: (response) => {
          response.writeHead(200, { 'content-length': work.wheel.body.length });
          response.write(work.wheel.body.subarray(0, 1000));
        },
        says: /body timeout/i,
      },
    };

    for (const [name, { answer, says }] of Object.entries(failures)) {
      it(`${name} is never unpacked, and every route is named`, async () => {
        work.site.listener = (_, response) => answer(response);
        const error = await rejection(work.obtain({ patience: { connect: 200, answer: 200, stall: 200 } }));
        expect(error).to.be.instanceOf(LibtorchError);
        const { attempts } = error as LibtorchError;
        expect(attempts.map(({ source }) => source)).to.deep.equal(['download', 'pip']);
        expect(attempts[0]?.outcome).to.match(says);
        expect(attempts[1]?.outcome).to.match(/python3 is not installed \(apt install python3-pip/);
        work.expectNothing();
        expect(work.leftovers).to.deep.equal([]);
      });
    }

    it('names each attempt and what to do when there is no network at all', async () => {
      await work.site.close();
      const { message } = await rejection(work.obtain());
      expect(message).to.match(
        /^libtorch 2\.13\.0\+cpu could not be fetched\. Tried:\n {2}download http:.*ECONNREFUSED/,
      );
      expect(message).to.match(/\n {2}pip .*python3 -m pip download torch==2\.13\.0\+cpu: .*is not installed/);
      expect(message).to.match(/What to do, one of:\n(?: {2}- .*\n)* {2}- set HINGE_LIBTORCH to the folder/);
      await work.site.open();
    });
  });

  describe('the pip route', () => {
    beforeEach(() => {
      work.site.listener = (_, response) => response.writeHead(404).end();
    });

    it('asks for the pinned file whatever the local Python is', async () => {
      const { pip, readArguments } = work.fakePip(`fs.copyFileSync(wheel, dest + '/torch.whl');`);
      await work.obtain({ pip });
      work.expectInstalled();
      expect(readArguments().slice(0, 5)).to.deep.equal(['download', ...work.wheel.artefact.pip]);
      expect(readArguments()).to.include.members(['--no-deps', '--no-input']);
    });

    it('refuses another file than the pinned one', async () => {
      const { pip } = work.fakePip(`fs.writeFileSync(dest + '/torch-2.13.0-cp311-cuda.whl', 'CUDA');`);
      const error = (await rejection(work.obtain({ pip }))) as LibtorchError;
      expect(error.attempts[1]?.outcome).to.match(
        /^refused torch-2\.13\.0-cp311-cuda\.whl \(4 bytes, SHA-256 .*not the pinned/,
      );
      work.expectNothing();
    });

    it('says what pip said', async () => {
      const { pip } = work.fakePip(`console.error('WARNING: a\\nERROR: the disk is full'); process.exit(1);`);
      const error = (await rejection(work.obtain({ pip }))) as LibtorchError;
      expect(error.attempts[1]?.outcome).to.equal('the disk is full');
    });

    it('explains why pip knows no such file', async () => {
      const { pip } = work.fakePip(
        `console.error('ERROR: No matching distribution found for torch'); process.exit(1);`,
      );
      const error = (await rejection(work.obtain({ pip }))) as LibtorchError;
      expect(error.attempts[1]?.outcome).to.match(/only CUDA builds .* pip before 20\.3 .*--upgrade pip/);
    });

    it('says what to install when Python has no pip', async () => {
      const { pip } = work.fakePip(`console.error('/usr/bin/python3: No module named pip'); process.exit(1);`);
      const error = (await rejection(work.obtain({ pip }))) as LibtorchError;
      expect(error.attempts[1]?.outcome).to.match(/no pip \(apt install python3-pip/);
    });
  });

  describe('proxies', () => {
    let proxy: Site;
    let tunnels: string[];
    let proxyUrl: string;
    beforeEach(async () => {
      tunnels = [];
      const target = Number(new URL(work.wheel.artefact.site).port);
      proxy = new Site((_, response) => response.writeHead(400).end());
      proxy.server.on('connect', (request, socket) => {
        tunnels.push(request.url ?? '');
        const onward = connect(target, '127.0.0.1', () => socket.write('HTTP/1.1 200 Connection established\r\n\r\n'));
        socket.pipe(onward).pipe(socket);
        for (const end of [socket, onward]) end.on('error', () => {});
        socket.on('close', () => onward.destroy());
      });
      proxyUrl = await proxy.open();
    });
    afterEach(() => proxy.close());

    it('goes through HTTP_PROXY', async () => {
      work.env.HTTP_PROXY = proxyUrl;
      const artefact = { ...work.wheel.artefact, site: 'http://libtorch.invalid/whl' };
      await work.obtain({ artefact });
      expect(tunnels).to.deep.equal(['libtorch.invalid:80']);
      work.expectInstalled();
    });

    it('goes directly to a host in NO_PROXY', async () => {
      Object.assign(work.env, { HTTP_PROXY: proxyUrl, NO_PROXY: '127.0.0.1' });
      await work.obtain();
      expect(tunnels).to.deep.equal([]);
      work.expectInstalled();
    });

    it('says so when the proxy cannot be reached', async () => {
      const gone = new Site(() => {});
      work.env.HTTP_PROXY = await gone.open();
      await gone.close();
      const error = (await rejection(work.obtain())) as LibtorchError;
      expect(error.attempts[0]?.outcome).to.match(/ECONNREFUSED/);
      expect(error.message).to.match(/HTTPS_PROXY/);
    });
  });
});
