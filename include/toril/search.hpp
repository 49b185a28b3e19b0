#pragma once

#include <toril/job.hpp>
#include <toril/json.hpp>

#include <string>
#include <vector>

namespace toril {

/// Which jobs. Everything that is set must hold; what is empty holds for all.
struct JobFilter {
    /// Empty: all states.
    std::vector<JobState> states{};
    /// The whole name.
    std::string name{};
    /// Members of the data and what they are: `{"user.id", 42}`. A path is names with dots
    /// between them; a number among them is also a position in an array. An empty path is the
    /// data itself. Values are equal as JSON: 1 and 1.0 are, 1 and "1" are not.
    struct DataMember {
        std::string path{};
        Json value{};
    };
    std::vector<DataMember> data{};
    /// A part of the failed reason, upper and lower case as given.
    std::string error{};
};

}  // namespace toril
