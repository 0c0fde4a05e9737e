#include <ATen/Parallel.h>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/linear.h>
#include <torch/optim/sgd.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "stopwatch.h"

int main() {
  namespace nn = torch::nn;
  at::set_num_threads(1);
  torch::manual_seed(0);
  Stopwatch stopwatch;
  const torch::Tensor x = torch::randn({64, 10});
  const torch::Tensor y = 2 * torch::randint(0, 2, {64}, torch::kLong).to(torch::kFloat) - 1;
  nn::Sequential model;
  // One by one: the order in which arguments are evaluated, and random numbers are drawn, is the compiler's choice.
  model->push_back(nn::Linear(10, 32));
  model->push_back(nn::ReLU());
  model->push_back(nn::Linear(32, 1));
  torch::optim::SGD optimizer(model->parameters(), torch::optim::SGDOptions(0.01));

  const auto step = [&] {
    const torch::Tensor scores = model->forward(x).squeeze(-1);
    torch::Tensor loss = torch::clamp(1.0 - y * scores, 0.0).mean();
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
    return loss;
  };
  const auto steps = [&](int64_t count) {
    for (int64_t i = 0; i < count; i++) step();
  };
  steps(50);
  stopwatch.number("loss after 50 steps", step().item<double>());
  stopwatch.time("step", steps);
  stopwatch.print();
}
