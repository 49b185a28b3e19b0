#include "backend/memory/spool_log.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

namespace toril::memory {
namespace {

using namespace contract;

std::uint64_t bytes_of(const AddJob& job) {
    return sizeof(AddJob) + job.id.size() + job.name.size() + job.opts.size() + job.data.size();
}

class MemorySpool final : public SpoolLog {
public:
    bool is_durable() const noexcept override { return false; }
    Result<bool> is_empty() override { return jobs_.empty(); }

    Result<SpoolSize> size() override {
        return SpoolSize{.jobs = jobs_.size(),
                         .bytes = bytes_,
                         .oldest = jobs_.empty() ? Timestamp{} : jobs_.front().at,
                         .rejected = rejected_};
    }

    Result<SpoolAppended> append(std::span<const AddJob> jobs,
                                 Timestamp now,
                                 const SpoolBounds& bounds) override {
        SpoolAppended done;
        for (const AddJob& job : jobs) {
            if (bounds.jobs_max == 0 || bytes_of(job) > bounds.bytes_max) break;
            while (!has_room(job, bounds) && bounds.drop_oldest && drop_one())
                ++done.dropped;
            if (!has_room(job, bounds)) break;
            put(job, now, 0);
            ++done.jobs;
        }
        return done;
    }

    Status append_sent(std::span<const AddJob> jobs,
                       Timestamp now,
                       const SpoolAttempt& attempt) override {
        attempts_[++last_batch_] = attempt;
        for (const AddJob& job : jobs)
            put(job, now, last_batch_);
        return {};
    }

    bool take_turn() override { return true; }
    void end_turn() override {}

    Result<std::optional<SpoolBatch>> next(const SpoolAttempt& fresh,
                                           std::size_t jobs_max,
                                           std::size_t bytes_max) override {
        if (jobs_.empty()) return std::optional<SpoolBatch>{};
        if (jobs_.front().batch == 0) send_front(fresh, jobs_max, bytes_max);
        SpoolBatch batch{.id = jobs_.front().batch, .attempt = attempts_[jobs_.front().batch]};
        for (const Row& row : jobs_) {
            if (row.batch != batch.id) break;
            batch.jobs.push_back(row.job);
        }
        return std::optional(std::move(batch));
    }

    Status settle(const SpoolBatch& batch,
                  Timestamp,
                  std::span<const SpoolRefusal> refused) override {
        while (!jobs_.empty() && jobs_.front().batch == batch.id) {
            bytes_ -= bytes_of(jobs_.front().job);
            jobs_.pop_front();
        }
        attempts_.erase(batch.id);
        rejected_ += refused.size();
        return {};
    }

private:
    struct Row {
        AddJob job{};
        Timestamp at{};
        std::int64_t batch = 0;  // 0: was never sent
    };

    bool has_room(const AddJob& job, const SpoolBounds& bounds) const {
        return jobs_.size() < bounds.jobs_max && bytes_ + bytes_of(job) <= bounds.bytes_max;
    }

    bool drop_one() {
        const auto oldest =
            std::find_if(jobs_.begin(), jobs_.end(), [](const Row& row) { return row.batch == 0; });
        if (oldest == jobs_.end()) return false;
        bytes_ -= bytes_of(oldest->job);
        jobs_.erase(oldest);
        return true;
    }

    void put(const AddJob& job, Timestamp now, std::int64_t batch) {
        bytes_ += bytes_of(job);
        jobs_.push_back({job, now, batch});
    }

    void send_front(const SpoolAttempt& attempt, std::size_t jobs_max, std::size_t bytes_max) {
        attempts_[++last_batch_] = attempt;
        std::size_t count = 0;
        std::uint64_t bytes = 0;
        for (Row& row : jobs_) {
            bytes += bytes_of(row.job);
            if (row.batch != 0 || count == jobs_max || (count > 0 && bytes > bytes_max)) break;
            row.batch = last_batch_;
            ++count;
        }
    }

    std::deque<Row> jobs_{};
    std::map<std::int64_t, SpoolAttempt> attempts_{};
    std::int64_t last_batch_ = 0;
    std::uint64_t bytes_ = 0;
    std::uint64_t rejected_ = 0;
};

}  // namespace

std::unique_ptr<contract::SpoolLog> open_spool_log() {
    return std::make_unique<MemorySpool>();
}

}  // namespace toril::memory
