#include "backend/sqlite/side/turn.hpp"

namespace toril::sqlite_side {
namespace {

constexpr std::int64_t users_byte = 2;

}  // namespace

Status Turn::open() {
    opened_.reset();
    if (Status folder = sqlite::prepare_folder(path_); !folder) return folder;
    if (Status opened = lock_.open(path_); !opened) return opened;
    if (Status opened = users_.open(path_, users_byte); !opened) return opened;
    users_.join();
    opened_ = FileId::of(path_);
    return {};
}

Status Turn::take(Millis at_most, const std::atomic<bool>& stop) {
    for (;;) {
        if (!opened_) {
            if (Status opened = open(); !opened) return opened;
        }
        if (Status taken = lock_.take(at_most, stop); !taken) return taken;
        // A turn on a file that was deleted excludes nobody.
        if (FileId::of(path_) == opened_) return {};
        lock_.end();
        opened_.reset();
    }
}

}  // namespace toril::sqlite_side
