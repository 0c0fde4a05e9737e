// Checks that the programs that build the addon are there, before anything is built.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';

// `using enum` and `std::bit_cast` are what g++ 10 and clang 13 lack.
const SNIPPET = `#include <bit>
enum class E { a }; int main() { using enum E; return a == E::a ? int(std::bit_cast<unsigned>(0.0f)) : 1; }
`;
const CMAKE_WANTED = [3, 18] as const;

/** One line for each thing that is missing, saying what to install; empty when the addon can be built. */
export function missingTools(env: NodeJS.ProcessEnv = process.env): string[] {
  return [missingCompiler(env), missingCmake(env), missingMake(env)].filter((line) => line !== undefined);
}

function missingCompiler(env: NodeJS.ProcessEnv): string | undefined {
  const install = 'install g++ >= 11 or clang >= 14 (apt install g++, dnf install gcc-c++, xcode-select --install)';
  // The order in which CMake looks for them.
  const program = env.CXX || ['c++', 'g++', 'clang++'].find((name) => isOnPath(name, env));
  if (!program) return `No C++ compiler (c++, g++, clang++) on PATH: ${install}, or set CXX`;
  const [command = '', ...first] = program.trim().split(/\s+/);
  const folder = mkdtempSync(join(tmpdir(), 'hinge-compiler-'));
  try {
    const flags = ['-std=c++20', '-x', 'c++', '-', '-o', join(folder, 'snippet')];
    const child = spawnSync(command, [...first, ...flags], { env, input: SNIPPET, encoding: 'utf8' });
    if (child.status === 0) return undefined;
    const version = spawnSync(command, [...first, '--version'], { env, encoding: 'utf8' }).stdout?.split('\n')[0];
    // Its own words first: a compiler that ends before it has read its input also makes an EPIPE.
    const complaint = child.stderr?.split('\n').find((line) => /error|not found/i.test(line)) ?? child.error?.message;
    return `${version || program} does not compile C++20 (${complaint ?? 'no reason given'}): ${install}, or set CXX to a newer one`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function missingCmake(env: NodeJS.ProcessEnv): string | undefined {
  const wanted = CMAKE_WANTED.join('.');
  const install = `install cmake >= ${wanted} (apt install cmake, dnf install cmake, brew install cmake)`;
  const child = spawnSync('cmake', ['--version'], { env, encoding: 'utf8' });
  const version = child.stdout?.match(/version (\d+)\.(\d+)\S*/);
  if (!version) return `No cmake on PATH: ${install}`;
  const [major, minor] = [Number(version[1]), Number(version[2])];
  const enough = major > CMAKE_WANTED[0] || (major === CMAKE_WANTED[0] && minor >= CMAKE_WANTED[1]);
  return enough ? undefined : `cmake ${version[0].slice(8)} is too old: ${install}`;
}

function missingMake(env: NodeJS.ProcessEnv): string | undefined {
  if (isOnPath('ninja', env) || isOnPath('make', env)) return undefined;
  return 'Neither ninja nor make on PATH: install one (apt install make, dnf install make, xcode-select --install)';
}

function isOnPath(program: string, env: NodeJS.ProcessEnv): boolean {
  return (env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return isAbsolute(folder);
    } catch {
      return false;
    }
  });
}
