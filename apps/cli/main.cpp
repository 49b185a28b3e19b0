#include "dispatch.hpp"
#include "session.hpp"

#include <csignal>
#include <exception>

int main(int argc, char** argv) {
    using namespace toril::cli;
    // Whatever started us may ignore it. A reader that has seen enough ends us quietly.
    std::signal(SIGPIPE, SIG_DFL);
    try {
        return static_cast<int>(dispatch(std::vector<std::string>(argv + 1, argv + argc)));
    } catch (const std::exception& error) {
        print_error(error.what());
        return static_cast<int>(Exit::failure);
    }
}
