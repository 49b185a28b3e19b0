#pragma once

#include <toril/job.hpp>
#include <toril/search.hpp>

#include <memory>

namespace toril::base {

/// Tells which jobs a filter is about. Its values are parsed once.
/// Threads: const methods from any.
class JobMatcher {
public:
    explicit JobMatcher(const JobFilter& filter);
    ~JobMatcher();

    bool matches(const Job& job) const;

private:
    struct Wanted;
    std::unique_ptr<const Wanted> wanted_;
};

}  // namespace toril::base
