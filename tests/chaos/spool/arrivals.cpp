#include "chaos/spool/arrivals.hpp"

#include <toril/queue.hpp>
#include <toril/store.hpp>

#include <map>

namespace toril::testing {

std::vector<std::string> names_waiting(const std::string& store_url, const std::string& name) {
    constexpr std::int64_t page = 2'000;
    const Store store = Store::open(store_url).value();
    const Queue queue = Queue::open(store, name).value();
    std::vector<std::string> names;
    for (std::int64_t from = 0;; from += page) {
        const std::vector<Job> jobs =
            queue
                .jobs(JobState::waiting, {.start = from, .end = from + page - 1, .ascending = true})
                .value();
        for (const Job& job : jobs)
            names.push_back(job.name);
        if (jobs.size() < static_cast<std::size_t>(page)) return names;
    }
}

::testing::AssertionResult arrived_once_and_in_order(const std::vector<std::string>& promised,
                                                     const std::vector<std::string>& there) {
    std::map<std::string, std::size_t> places;
    for (std::size_t i = 0; i < there.size(); ++i)
        if (!places.emplace(there[i], i).second)
            return ::testing::AssertionFailure() << there[i] << " arrived twice";
    std::size_t next = 0;
    std::string before = "the first";
    for (const std::string& name : promised) {
        const auto found = places.find(name);
        if (found == places.end())
            return ::testing::AssertionFailure() << name << " was acknowledged, and is not there";
        if (found->second < next)
            return ::testing::AssertionFailure() << name << " was overtaken by " << before;
        next = found->second + 1;
        before = name;
    }
    return ::testing::AssertionSuccess();
}

}  // namespace toril::testing
