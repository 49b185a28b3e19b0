#include "chaos/crash/arena.hpp"

#include "chaos/crash/job_plan.hpp"

#include <toril/worker.hpp>

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <map>
#include <stdexcept>
#include <utility>
#include <vector>

namespace toril::crash {
namespace {

using namespace std::chrono_literals;

constexpr const char* queue_name = "crash";
constexpr int bulk_jobs = 100;
constexpr std::int64_t page_jobs = 500;

std::filesystem::path new_folder() {
    std::string path = (std::filesystem::temp_directory_path() / "toril-crash-XXXXXX").string();
    if (mkdtemp(path.data()) == nullptr) throw std::runtime_error("no temporary folder");
    return path;
}

std::uint64_t chosen_seed() {
    const char* given = std::getenv("TORIL_CRASH_SEED");
    return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
}

std::map<std::string, int> count_jobs(const std::vector<Entry>& entries, Entry::What what) {
    std::map<std::string, int> counts;
    for (const Entry& entry : entries) {
        if (entry.what == what) ++counts[entry.job];
    }
    return counts;
}

std::vector<Job> all_jobs(Queue& queue, JobState state) {
    std::vector<Job> all;
    for (std::int64_t start = 0;; start += page_jobs) {
        std::vector<Job> page =
            queue.jobs(state, {.start = start, .end = start + page_jobs - 1, .ascending = true})
                .value();
        if (page.empty()) return all;
        for (Job& job : page)
            all.push_back(std::move(job));
    }
}

}  // namespace

Arena::Arena(StoreKind kind)
    : folder_(new_folder()),
      ledger_(std::make_unique<LedgerReader>(ledger_path())),
      seed_(chosen_seed()),
      generator_(seed_) {
    if (kind == StoreKind::redis) {
        server_ = std::make_unique<testing::RedisServer>(
            testing::RedisServerOptions{.append_only = true});
        url_ = server_->url();
    } else {
        url_ = "sqlite:" + (folder_ / "jobs.db").string() + "?durability=buffered";
    }
    std::cout << "TORIL_CRASH_SEED=" << seed_ << '\n';
}

Arena::~Arena() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

Actor Arena::start(const std::string& role) const {
    return Actor({role, url_, queue_name, ledger_path()});
}

Store Arena::open_store() const {
    return Store::open(url_).value();
}

std::size_t Arena::random(std::size_t most) {
    return std::uniform_int_distribution<std::size_t>(1, most)(generator_);
}

int Arena::kills(int usual) {
    const char* given = std::getenv("TORIL_CRASH_KILLS");
    return given != nullptr ? std::atoi(given) : usual;
}

void Arena::add_jobs(int count) const {
    const LedgerWriter ledger(ledger_path());
    const Store store = open_store();
    Queue queue = Queue::open(store, queue_name).value();
    for (int done = 0; done < count; done += bulk_jobs) {
        std::vector<NewJob> jobs;
        for (int i = done; i < std::min(count, done + bulk_jobs); ++i) {
            jobs.push_back(planned_job("test", i));
        }
        const auto added = queue.add_bulk(jobs);
        for (std::size_t i = 0; i < jobs.size(); ++i) {
            if (!added[i]) throw Exception(added[i].error());
            ledger.write(Entry::What::acknowledged, jobs[i].name);
        }
    }
}

void Arena::settle(const Store& store) const {
    const LedgerWriter ledger(ledger_path());
    Worker worker =
        Worker::start(store, queue_name, planned_handler(ledger), planned_worker(ledger)).value();
    const Status idle = worker.wait_until_idle(10s);
    EXPECT_TRUE(idle) << idle.error().message();
    worker.close(10s);
}

void Arena::judge() {
    const Store store = open_store();
    settle(store);
    Queue queue = Queue::open(store, queue_name).value();
    const JobCounts counts = queue.counts().value();
    EXPECT_EQ(counts.waiting + counts.active + counts.delayed + counts.prioritized, 0u);
    EXPECT_EQ(counts.failed, 0u);
    judge_records(queue);
}

void Arena::judge_records(Queue& queue) {
    std::map<std::string, int> records;
    for (const Job& job : all_jobs(queue, JobState::completed)) {
        ++records[job.name];
        // A second final record, or a lost one, would have counted another attempt.
        EXPECT_EQ(job.attempts_made, is_flaky(job.name) ? 2 : 1) << job.name;
        EXPECT_GE(job.attempts_started, job.attempts_made) << job.name;
    }
    std::size_t lost = 0;
    const auto acknowledged = count_jobs(ledger_->entries(), Entry::What::acknowledged);
    for (const auto& [job, times] : acknowledged)
        lost += records.contains(job) ? 0 : 1;
    std::size_t twice = 0;
    for (const auto& [job, times] : records)
        twice += times > 1 ? 1 : 0;
    std::size_t recorded_twice = 0;
    for (const auto& [job, times] : count_jobs(ledger_->entries(), Entry::What::recorded)) {
        recorded_twice += times > 1 ? 1 : 0;
    }
    EXPECT_EQ(lost, 0u) << "acknowledged jobs without a final record";
    EXPECT_EQ(twice, 0u) << "jobs that were added twice";
    EXPECT_EQ(recorded_twice, 0u) << "jobs with two final records";
    EXPECT_GT(acknowledged.size(), 0u);
    std::cout << acknowledged.size() << " jobs acknowledged, " << records.size() << " completed, "
              << lost << " lost, " << recorded_twice << " finished twice\n";
}

}  // namespace toril::crash
