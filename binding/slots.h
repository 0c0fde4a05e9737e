// Slots hold what JavaScript refers to by number. A handle is a slot's index and its generation: when a slot is
// released its generation moves on, so a stale or forged handle is found out and never followed.
#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/ivalue.h>

#include <cstdint>
#include <vector>

namespace hinge {

class Environment;

enum class SlotKind : uint8_t { Free, Tensor, Generator, Object };

// Slots are process-wide and every call is safe from any thread.
class Slots {
 public:
  static double add(Environment& owner, at::Tensor tensor);
  static double add(Environment& owner, const at::Generator& generator);
  // A TorchScript module.
  static double add(Environment& owner, c10::intrusive_ptr<c10::ivalue::Object> object);

  // All throw StaleHandle when the handle does not name a live slot of that kind.
  static at::Tensor tensor(double handle);
  static at::Generator generator(double handle);
  static c10::intrusive_ptr<c10::ivalue::Object> object(double handle);

  // Nothing happens when the handle is not live.
  static void release(Environment& environment, double handle);
  static bool isLive(double handle);
  // The bytes that only this slot keeps alive, as far as known when it was made. V8 is to be told of them; `release`
  // tells it of their end. Throws StaleHandle.
  static int64_t adopt(double handle);
  // A second slot for the tensor that belongs to nobody until an environment takes it over, which can be done once.
  static double addParcel(Environment& sender, double handle);
  static void takeParcel(Environment& receiver, double handle);

  static void releaseOwnedBy(Environment& environment);
  static void giveBackFree(std::vector<uint32_t>& indices);
};

}  // namespace hinge
