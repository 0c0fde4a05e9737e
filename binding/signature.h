// A schema, walked once: how words become the arguments of an operator or a TorchScript method, and results words.
#pragma once

#include <ATen/core/function_schema.h>
#include <ATen/core/stack.h>
#include <napi.h>

#include <optional>
#include <vector>

#include "convert.h"

namespace hinge {

struct Signature {
  struct Result {
    Type type;
    int argument = -1;  // the argument that comes back as this result, or -1
  };

  // The first `skipped` arguments are not the caller's: a method's self.
  explicit Signature(const c10::FunctionSchema& schema, size_t skipped = 0);

  // As lib/native.ts declares `OperatorDescription`, without the id.
  Napi::Object describe(Napi::Env env, const c10::FunctionSchema& schema) const;
  // Pushes those that the bits of `given` name, and the defaults of the others.
  void readArguments(Environment& environment, uint64_t given, const c10::FunctionSchema& schema,
                     torch::jit::Stack& stack) const;
  // Writes those that are not one of the arguments into the rewound frame.
  void writeResults(Environment& environment, torch::jit::Stack&& stack) const;

  std::vector<Type> arguments;
  std::vector<std::optional<c10::IValue>> defaults;
  std::vector<Result> results;
  bool takesStrings = false;
  size_t skipped;
};

Napi::Object describe(Napi::Env env, const Type& type);

// The strings of a call, which its words number, from the first JavaScript argument.
void readStrings(Environment& environment, napi_env env, napi_callback_info info);
void readStrings(Environment& environment, napi_value list);

}  // namespace hinge
