#pragma once

// Jobs of one queue mostly have the same few option texts: each is decoded once.

#include "base/mutex.hpp"
#include "base/options_codec.hpp"

#include <toril/job.hpp>

#include <memory>
#include <string>
#include <unordered_map>

namespace toril::worker {

/// Threads: any, at the same time.
class OptionsCache {
public:
    static constexpr std::size_t entries_max = 64;
    /// Longer texts are decoded each time: they are rarely shared.
    static constexpr std::size_t text_bytes_max = 512;

    std::shared_ptr<const JobOptions> get(const std::string& text) {
        if (text.size() > text_bytes_max) return decode(text);
        {
            base::MutexLock lock(mutex_);
            if (const auto found = known_.find(text); found != known_.end()) return found->second;
        }
        auto options = decode(text);
        base::MutexLock lock(mutex_);
        if (known_.size() >= entries_max) known_.clear();
        known_.emplace(text, options);
        return options;
    }

private:
    static std::shared_ptr<const JobOptions> decode(const std::string& text) {
        return std::make_shared<const JobOptions>(base::decode_options(text));
    }

    base::Mutex mutex_;
    std::unordered_map<std::string, std::shared_ptr<const JobOptions>> known_
        TORIL_GUARDED_BY(mutex_);
};

}  // namespace toril::worker
