#include "library.h"

namespace hinge {

void registerKernels() {
  // Never destroyed: there is no safe order of destruction at exit. A fragment, because two copies of the addon may be
  // loaded into one process.
  static auto* library = [] {
    auto* fragment = new torch::Library(torch::Library::FRAGMENT, "hinge", std::nullopt, __FILE__, __LINE__);
    defineMarginTriplets(*fragment);
    defineTripletHinge(*fragment);
    return fragment;
  }();
  (void)library;
}

}  // namespace hinge
