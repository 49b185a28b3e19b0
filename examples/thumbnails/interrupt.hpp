#pragma once

#include <toril/time.hpp>

namespace thumbnails {

// SIGINT and SIGTERM as something to ask for and to wait for, instead of a handler that may do
// almost nothing. Make one before the first thread starts: threads inherit that the signals are
// held back. After the first, the next ends the process at once.
class Interrupt {
public:
    Interrupt();

    // True once there was one. Waits up to `patience` for it.
    bool within(toril::Millis patience);
    // Blocks until there is one.
    void wait();

private:
    bool came_ = false;
};

}  // namespace thumbnails
