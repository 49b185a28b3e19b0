#include "redis/link_view.hpp"

#include "redis/error_reply.hpp"

#include <algorithm>
#include <utility>

namespace toril::redis {
namespace {

using std::chrono::microseconds;

// A storm of refusals is news once a second.
constexpr Millis refusal_is_old{1'000};
// Of a new sample in the smoothed round trip: 1/8, as TCP does.
constexpr std::int64_t rtt_weight = 8;

SteadyTime time_of(SteadyTime::rep count) {
    return SteadyTime(SteadyTime::duration(count));
}

// Redis adds which script it was, by digest and line.
std::string without_script(std::string_view text) {
    return std::string(text.substr(0, text.find(" script: ")));
}

}  // namespace

std::string_view to_string(LinkReason reason) noexcept {
    switch (reason) {
        case LinkReason::none: return "none";
        case LinkReason::refused: return "refused";
        case LinkReason::timed_out: return "timed_out";
        case LinkReason::dns: return "dns";
        case LinkReason::tls: return "tls";
        case LinkReason::auth: return "auth";
        case LinkReason::noperm: return "noperm";
        case LinkReason::readonly: return "readonly";
        case LinkReason::loading: return "loading";
        case LinkReason::misconf: return "misconf";
        case LinkReason::oom: return "oom";
        case LinkReason::max_clients: return "max_clients";
        case LinkReason::cluster_down: return "cluster_down";
        case LinkReason::protocol: return "protocol";
        case LinkReason::disconnected: return "disconnected";
    }
    return "unknown";
}

void TroubleBell::set_listener(std::function<void()> listener) {
    auto shared = std::make_shared<const std::function<void()>>(std::move(listener));
    base::MutexLock lock(mutex_);
    listener_ = std::move(shared);
}

void TroubleBell::ring() {
    std::shared_ptr<const std::function<void()>> listener;
    {
        base::MutexLock lock(mutex_);
        listener = listener_;
    }
    if (listener && *listener) (*listener)();
}

void LinkView::up(SteadyTime now) {
    {
        base::MutexLock lock(mutex_);
        seen_.has_link = true;
        seen_.since = now;
        seen_.reason = LinkReason::none;
        seen_.detail.clear();
    }
    bell_->ring();
}

void LinkView::down(const Loss& loss, SteadyTime now) {
    {
        base::MutexLock lock(mutex_);
        if (std::exchange(seen_.has_link, false) || seen_.since == SteadyTime{}) seen_.since = now;
        seen_.reason = loss.why == LinkReason::none ? LinkReason::disconnected : loss.why;
        seen_.detail = loss.reason;
    }
    bell_->ring();
}

void LinkView::paused(const Loss& loss) {
    {
        base::MutexLock lock(mutex_);
        if (seen_.reason == loss.why) return;
        seen_.reason = loss.why;
        seen_.detail = loss.reason;
    }
    bell_->ring();
}

void LinkView::closed(SteadyTime now) {
    base::MutexLock lock(mutex_);
    seen_.has_link = false;
    seen_.since = now;
}

void LinkView::answered_error(std::string_view text, bool is_script, SteadyTime now) {
    const LinkReason reason = reason_of_reply(text);
    if (reason == LinkReason::none) return;
    // Whoever asks for what he may not ask for knows why; scripts are what the store is made of.
    if (reason == LinkReason::noperm && !is_script) return;
    {
        base::MutexLock lock(mutex_);
        const bool is_news = seen_.refusal != reason || now - seen_.refused_at >= refusal_is_old;
        if (!is_news) return;
        seen_.refusal = reason;
        seen_.refusal_detail = without_script(text);
        seen_.refused_at = now;
    }
    bell_->ring();
}

void LinkView::timed_out(SteadyTime now) {
    last_timeout_.store(now.time_since_epoch().count(), std::memory_order_relaxed);
    bell_->ring();
}

void LinkView::heard(SteadyTime now, SteadyTime sent_at) noexcept {
    last_ok_.store(now.time_since_epoch().count(), std::memory_order_relaxed);
    if (sent_at > now) return;  // not known
    const std::int64_t sample =
        std::max<std::int64_t>(1, std::chrono::duration_cast<microseconds>(now - sent_at).count());
    const std::int64_t known = rtt_us_.load(std::memory_order_relaxed);
    rtt_us_.store(known == 0 ? sample : known + (sample - known) / rtt_weight,
                  std::memory_order_relaxed);
}

void LinkView::show(ConnectionReport& report) const {
    report.last_ok = time_of(last_ok_.load(std::memory_order_relaxed));
    report.rtt = microseconds(rtt_us_.load(std::memory_order_relaxed));
    {
        base::MutexLock lock(mutex_);
        report.since = seen_.since;
        report.reason = seen_.reason;
        report.detail = seen_.detail;
        report.refusal = seen_.refusal;
        report.refusal_detail = seen_.refusal_detail;
        report.refused_at = seen_.refused_at;
    }
    const SteadyTime last_timeout = time_of(last_timeout_.load(std::memory_order_relaxed));
    if (report.reason == LinkReason::none && last_timeout > report.last_ok) {
        report.reason = LinkReason::timed_out;
        report.detail = "what was sent has not been answered in time";
    }
}

}  // namespace toril::redis
