#include "base/clock.hpp"
#include "base/cron.hpp"
#include "schedulers/repeat_check.hpp"

#include <toril/scheduler.hpp>

#include <algorithm>

namespace toril {
namespace {

constexpr std::size_t runs_max = 1'000;

// At multiples of the interval, but for the first when there is a start date.
Timestamp first_of_interval(const Repeat& repeat, Timestamp from) {
    if (repeat.start_date > from) return repeat.start_date;
    const Millis every = repeat.every;
    const auto since = from.time_since_epoch();
    const Timestamp at(since / every * every + repeat.offset.value_or(Millis{0}));
    return at <= from ? at + every : at;
}

class Runs {
public:
    Runs(const Repeat& repeat, std::size_t count) : repeat_(repeat), count_(count) {
        if (repeat.limit > 0) count_ = std::min(count_, static_cast<std::size_t>(repeat.limit));
    }

    /// False: that was the last.
    bool put(Timestamp at) {
        if (found_.size() >= count_) return false;
        if (repeat_.end_date != Timestamp{} && at > repeat_.end_date) return false;
        found_.push_back(at);
        return found_.size() < count_;
    }
    std::vector<Timestamp> take() && { return std::move(found_); }

private:
    const Repeat& repeat_;
    std::size_t count_;
    std::vector<Timestamp> found_{};
};

}  // namespace

Result<std::vector<Timestamp>> next_runs(const Repeat& repeat, std::size_t count, Timestamp from) {
    if (from == Timestamp{}) from = base::wall_now();
    if (count > runs_max)
        return Error(ErrorCode::invalid_argument,
                     "at most " + std::to_string(runs_max) + " runs are worked out at once");
    if (Status s = schedulers::check_repeat(repeat, from); !s) return s.error();
    Runs runs(repeat, count);
    if (repeat.pattern.empty()) {
        Timestamp at = first_of_interval(repeat, from);
        while (runs.put(at))
            at += repeat.every;
        return std::move(runs).take();
    }
    const Result<base::Cron> cron = base::Cron::parse(repeat.pattern, repeat.tz);
    if (!cron) return cron.error();
    std::optional<Timestamp> at = schedulers::first_run(repeat, from);
    while (at && runs.put(*at))
        at = cron->next(*at);
    return std::move(runs).take();
}

}  // namespace toril
