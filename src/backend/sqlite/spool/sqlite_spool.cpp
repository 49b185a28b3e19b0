#include "backend/sqlite/spool/sqlite_spool.hpp"

#include "backend/sqlite/spool/line_table.hpp"
#include "backend/sqlite/spool/spool_file.hpp"

#include <utility>

namespace toril::sqlite_spool {
namespace {

using namespace contract;

std::int64_t ms_of(Timestamp time) {
    return time.time_since_epoch().count();
}

class SqliteSpool final : public SpoolLog {
public:
    Status open(const SpoolOpening& opening) {
        if (Status opened = file_.open(opening.path); !opened) return opened;
        return file_.write([&] { line_ = lines_.find_or_make(opening.prefix, opening.queue); });
    }

    bool is_durable() const noexcept override { return true; }

    Result<bool> is_empty() override {
        const bool empty = lines_.is_empty(line_);
        if (Status read = file_.outcome_of_reading(); !read) return read.error();
        return empty;
    }

    Result<SpoolSize> size() override {
        SpoolSize size = lines_.size(line_);
        if (Status read = file_.outcome_of_reading(); !read) return read.error();
        return size;
    }

    Result<SpoolAppended> append(std::span<const AddJob> jobs,
                                 Timestamp now,
                                 const SpoolBounds& bounds) override {
        SpoolAppended done;
        Status written =
            file_.write([&] { done = lines_.append(line_, jobs, ms_of(now), bounds); });
        if (!written) return written.error();
        return done;
    }

    Status append_sent(std::span<const AddJob> jobs,
                       Timestamp now,
                       const SpoolAttempt& attempt) override {
        return file_.write([&] { lines_.append_sent(line_, jobs, ms_of(now), attempt); });
    }

    bool take_turn() override { return file_.lock(line_); }
    void end_turn() override { file_.unlock(line_); }

    Result<std::optional<SpoolBatch>> next(const SpoolAttempt& fresh,
                                           std::size_t jobs_max,
                                           std::size_t bytes_max) override {
        std::optional<SpoolBatch> batch = lines_.sent_at_front(line_);
        if (Status read = file_.outcome_of_reading(); !read) return read.error();
        if (batch) return batch;
        Status written = file_.write_to_forward(
            [&] { batch = lines_.send_front(line_, fresh, jobs_max, bytes_max); });
        if (!written) return written.error();
        return batch;
    }

    Status settle(const SpoolBatch& batch,
                  Timestamp now,
                  std::span<const SpoolRefusal> refused) override {
        Status written =
            file_.write_to_forward([&] { lines_.settle(line_, batch, ms_of(now), refused); });
        if (!written) return written;
        if (lines_.is_empty(line_)) file_.shrink();
        return file_.outcome_of_reading();
    }

private:
    SpoolFile file_{};
    LineTable lines_{file_.db()};
    std::int64_t line_ = 0;
};

}  // namespace

Result<std::unique_ptr<SpoolLog>> open_spool(const SpoolOpening& opening) {
    auto spool = std::make_unique<SqliteSpool>();
    if (Status opened = spool->open(opening); !opened) return opened.error();
    return std::unique_ptr<SpoolLog>(std::move(spool));
}

}  // namespace toril::sqlite_spool
