#pragma once

#include "backend/sqlite/store_files.hpp"

#include <toril/result.hpp>

#include <cstdint>
#include <string>

namespace toril::sqlite_side {

/// A byte of a file that many hold at a time: who is there. It is let go when a process dies.
class Presence {
public:
    Status open(const std::string& path, std::int64_t byte);
    void join() const;
    void leave() const;
    /// Whether anybody else holds it: another process, or another object of this one.
    bool others() const;

private:
    sqlite::File file_{};
    std::int64_t byte_ = 0;
};

}  // namespace toril::sqlite_side
