#include "library.h"

namespace hinge {

void expectRelated(const char* where, const at::Tensor& distances, const at::Tensor& positives,
                   const at::Tensor& negatives) {
  TORCH_CHECK(distances.dim() == 2, where, ": distances must be [R, C], got ", distances.sizes());
  for (const auto& [name, mask] : {std::pair("positives", &positives), std::pair("negatives", &negatives)}) {
    TORCH_CHECK(mask->scalar_type() == at::kBool && mask->sizes() == distances.sizes(), where, ": ", name,
                " must be bool ", distances.sizes(), ", got ", mask->scalar_type(), " ", mask->sizes());
  }
}

void registerKernels() {
  // Never destroyed: there is no safe order of destruction at exit. A fragment, because two copies of the addon may be
  // loaded into one process.
  static auto* library = [] {
    auto* fragment = new torch::Library(torch::Library::FRAGMENT, "hinge", std::nullopt, __FILE__, __LINE__);
    defineEuclideanDistances(*fragment);
    defineMarginTriplets(*fragment);
    defineNearest(*fragment);
    defineSelectPairs(*fragment);
    defineTripletHinge(*fragment);
    defineTripletTiles(*fragment);
    return fragment;
  }();
  (void)library;
}

}  // namespace hinge
