#pragma once

// Which jobs a command is about, when it is not one by its id.

#include "exit_code.hpp"

#include <toril/queue.hpp>
#include <toril/result.hpp>
#include <toril/search.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace toril::cli {

class Arguments;
class Session;

class FilterArgument {
public:
    /// --name, --data, --error. The states are the command's own.
    void declare(Arguments& arguments);

    bool is_set() const { return name_ || data_ || error_; }
    /// Errors: `invalid_argument` that names the option.
    Result<JobFilter> filter() const;

private:
    std::optional<std::string> name_{};
    std::optional<std::string> data_{};
    std::optional<std::string> error_{};
};

/// `PATH=VALUE`. A value that is no JSON is a text: `user.name=ada`.
Result<JobFilter::DataMember> parse_data_member(const std::string& text);

/// What a command did to the jobs of a filter.
struct BulkResult {
    std::vector<JobId> ids{};   // done, or, in a dry run, found
    std::uint64_t refused = 0;  // moved on meanwhile, or held by a worker
    std::uint64_t looked = 0;
};

/// Finds them all, then does `act` to each; with `dry_run` only finds them. Shows its progress.
Result<BulkResult> for_each_found(const Queue& queue,
                                  const JobFilter& filter,
                                  bool dry_run,
                                  const std::function<Status(const JobId&)>& act);

/// `key`: what was done, "retried". Answers `partly` when some were refused.
Exit print_bulk(Session& session, const char* key, const BulkResult& result, bool dry_run);

}  // namespace toril::cli
