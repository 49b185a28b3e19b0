#include "conformance_side/cache_client.hpp"

#include "support/signal.hpp"

#include <algorithm>

namespace toril::conformance {
namespace {

// Of one call. Longer than any takes, so that a slow machine fails no test.
constexpr Millis patience{15'000};

template <class Answer, class Start>
Answer answer_of(Start&& start) {
    auto answer = base::wait_for_answer<Result<Answer>>(patience * 2, std::forward<Start>(start));
    if (answer) return std::move(*answer);
    ADD_FAILURE() << to_string(answer.error().code()) << ": " << answer.error().message();
    return {};
}

}  // namespace

// ---- Ear ------------------------------------------------------------------------------------

void Ear::write(std::string line) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
    told_.notify_all();
}

void Ear::invalidated(const CacheMark& mark, const CacheGeneration& now) {
    EXPECT_EQ(mark.number, now.number);
    {
        const std::lock_guard lock(mutex_);
        numbers_.push_back(mark.number);
    }
    switch (mark.kind) {
        case CacheMark::Kind::tag: return write("tag " + mark.text);
        case CacheMark::Kind::pattern: return write("pattern " + mark.text);
        case CacheMark::Kind::all: return write("all");
    }
}

void Ear::heard(contract::SteadyTime until) {
    const std::lock_guard lock(mutex_);
    EXPECT_LE(until, std::chrono::steady_clock::now());
    heard_ = std::max(heard_, until);
    told_.notify_all();
}

bool Ear::wait_for(const std::string& line) {
    std::unique_lock lock(mutex_);
    return told_.wait_for(lock, support::test_deadline, [&] {
        return std::find(lines_.begin(), lines_.end(), line) != lines_.end();
    });
}

bool Ear::catch_up() {
    const auto asked = std::chrono::steady_clock::now();
    std::unique_lock lock(mutex_);
    return told_.wait_for(lock, support::test_deadline, [&] { return heard_ > asked; });
}

Lines Ear::take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(lines_, {});
}

std::vector<std::uint64_t> Ear::numbers() {
    const std::lock_guard lock(mutex_);
    return numbers_;
}

contract::SteadyTime Ear::heard_until() {
    const std::lock_guard lock(mutex_);
    return heard_;
}

// ---- CacheClient ----------------------------------------------------------------------------

CacheEntry CacheClient::entry(std::string value, std::vector<std::string> tags) {
    return {.value = std::move(value),
            .tags = std::move(tags),
            .fresh_for = 1min,
            .kept_for = 1h,
            .load_time = 7ms};
}

CacheAnswer CacheClient::read(std::vector<std::string> keys, Millis lease, std::string token) {
    const std::size_t count = keys.size();
    auto answer = answer_of<CacheAnswer>([&](auto done) {
        store->get({.cache = cache,
                    .keys = std::move(keys),
                    .lease = lease,
                    .token = std::move(token),
                    .timeout = patience,
                    .now = now_},
                   std::move(done));
    });
    EXPECT_EQ(answer.found.size(), count);
    EXPECT_EQ(answer.generation.incarnation.size(), 16u);
    answer.found.resize(count);
    return answer;
}

CacheFound CacheClient::look(const std::string& key) {
    return read({key}).found.front();
}

std::string CacheClient::value_of(const std::string& key) {
    const CacheFound found = look(key);
    return found.entry ? found.entry->value : "(none)";
}

bool CacheClient::is_fresh(const std::string& key) {
    const CacheFound found = look(key);
    return found.entry && found.entry->fresh_for > 0ms;
}

std::optional<Loan> CacheClient::borrow(const std::string& key, Millis lease) {
    Loan loan{.token = "token-" + std::to_string(++tokens_)};
    const CacheAnswer answer = read({key}, lease, loan.token);
    if (!answer.found.front().leased) return std::nullopt;
    loan.generation = answer.generation;
    return loan;
}

Result<bool> CacheClient::try_set(const std::string& key, CacheEntry entry) {
    return base::wait_for_answer<Result<bool>>(patience * 2, [&](auto done) {
        store->set({.cache = cache,
                    .key = key,
                    .entry = std::move(entry),
                    .timeout = patience,
                    .now = now_},
                   std::move(done));
    });
}

void CacheClient::set(const std::string& key, CacheEntry entry) {
    const Result<bool> stored = try_set(key, std::move(entry));
    ASSERT_TRUE(stored) << stored.error().message();
    EXPECT_TRUE(*stored);
}

bool CacheClient::fill(const std::string& key, const Loan& loan, CacheEntry entry) {
    entry.generation = loan.generation;
    return answer_of<bool>([&](auto done) {
        store->set({.cache = cache,
                    .key = key,
                    .entry = std::move(entry),
                    .token = loan.token,
                    .timeout = patience,
                    .now = now_},
                   std::move(done));
    });
}

std::size_t CacheClient::remove(std::vector<std::string> keys) {
    return answer_of<std::size_t>([&](auto done) {
        store->remove({.cache = cache, .keys = std::move(keys), .timeout = patience, .now = now_},
                      std::move(done));
    });
}

std::size_t CacheClient::expire(std::vector<std::string> keys) {
    return answer_of<std::size_t>([&](auto done) {
        store->expire({.cache = cache, .keys = std::move(keys), .timeout = patience, .now = now_},
                      std::move(done));
    });
}

CacheGeneration CacheClient::invalidate(std::vector<CacheMark> marks) {
    return answer_of<CacheGeneration>([&](auto done) {
        store->invalidate({.cache = cache, .marks = std::move(marks), .timeout = patience},
                          std::move(done));
    });
}

CacheGeneration CacheClient::invalidate_tag(std::string text) {
    return invalidate({tag(std::move(text))});
}

CacheGeneration CacheClient::invalidate_pattern(std::string text) {
    return invalidate({pattern(std::move(text))});
}

CacheGeneration CacheClient::invalidate_all() {
    return invalidate({{.kind = CacheMark::Kind::all}});
}

std::shared_ptr<Ear> CacheClient::listen(CacheStore& by, const std::string& to) {
    auto ear = std::make_shared<Ear>();
    by.listen(to.empty() ? cache : to, ear);
    EXPECT_TRUE(ear->catch_up()) << "no news";
    ear->take();
    return ear;
}

}  // namespace toril::conformance
