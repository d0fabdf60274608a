// OpenCV's own network module on models named FILE:SIDE; one line each. (Debian's OpenCV is too old for the module of gocv.)
// g++ -O2 peer.cpp -o peer $(pkg-config --cflags opencv4) -lopencv_core -lopencv_dnn
#include <algorithm>
#include <chrono>
#include <iostream>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/dnn.hpp>

static double forward(cv::dnn::Net net, int side) {
  int shape[] = {1, 3, side, side};
  cv::Mat blob(4, shape, CV_32F, cv::Scalar(114.0 / 255));
  double best = 1e9;
  for (int i = 0; i < 30; i++) {
    auto start = std::chrono::steady_clock::now();
    net.setInput(blob);
    cv::Mat out = net.forward();
    best = std::min(best, std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  return best;
}

int main(int argc, char** argv) {
  cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  for (int i = 1; i < argc; i++) {
    std::string arg = argv[i], file = arg.substr(0, arg.rfind(':')), name = file.substr(file.rfind('/') + 1);
    std::cout << "OpenCV " << CV_VERSION << ", network module, " << name << ": ";
    try {
      std::cout << forward(cv::dnn::readNetFromONNX(file), std::stoi(arg.substr(arg.rfind(':') + 1))) << " ms" << std::endl;
    } catch (const std::exception& e) {
      std::string why = e.what();
      std::replace(why.begin(), why.end(), '\n', ' ');
      size_t node = why.find("Node [");
      std::cout << "refused: " << why.substr(node == std::string::npos ? 0 : node, 70) << std::endl;
    }
  }
}
