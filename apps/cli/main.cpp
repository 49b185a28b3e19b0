#include "dispatch.hpp"
#include "session.hpp"

#include <exception>

int main(int argc, char** argv) {
    using namespace toril::cli;
    try {
        return static_cast<int>(dispatch(std::vector<std::string>(argv + 1, argv + argc)));
    } catch (const std::exception& error) {
        print_error(error.what());
        return static_cast<int>(Exit::failure);
    }
}
