#pragma once

// Objects that several handles share by name for as long as one of them lives.

#include "base/mutex.hpp"

#include <map>
#include <memory>
#include <string>
#include <utility>

namespace toril::base {

/// Threads: any.
class NamedObjects {
public:
    /// The living object of that name, else what `make` answers, which may be null.
    ///
    /// REQUIRES: a name always means one type T. `make` does not come back to this.
    template <class T, class Make>
    std::shared_ptr<T> find_or_make(const std::string& name, Make&& make) {
        // Dropped after the lock: the end of an object may take long.
        std::shared_ptr<void> found;
        MutexLock lock(mutex_);
        found = objects_[name].lock();
        if (found) return std::static_pointer_cast<T>(found);
        std::shared_ptr<T> made = std::forward<Make>(make)();
        objects_[name] = made;
        return made;
    }

private:
    Mutex mutex_{};
    std::map<std::string, std::weak_ptr<void>> objects_ TORIL_GUARDED_BY(mutex_){};
};

}  // namespace toril::base
