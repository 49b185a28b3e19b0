#include "backend/redis/run_options.hpp"

#include "base/schedule.hpp"

#include <cstdint>

namespace toril::redis_store {
namespace {

void replace_all(std::string& text, std::string_view what, std::string_view with) {
    for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
}

// Numbers, none a part of another, that are written where the script's are to stand.
struct StandIns {
    std::int64_t due = 7'340'125'986'214'307;
    std::int64_t now = 2'518'903'647'715'923;

    std::string due_text() const { return std::to_string(due); }
    std::string now_text() const { return std::to_string(now); }
    std::string delay_text() const { return std::to_string(due - now); }
    bool are_free_in(std::string_view text) const {
        return text.find(due_text()) == text.npos && text.find(now_text()) == text.npos &&
               text.find(delay_text()) == text.npos;
    }
};

std::string run_options(std::string_view from, std::string_view scheduler, const Repeat& repeat) {
    StandIns numbers;
    std::string given(from);
    given.append(" ").append(scheduler).append(" ").append(repeat.pattern);
    while (!numbers.are_free_in(given)) {
        numbers.due += 1'009;
        numbers.now += 101;
    }
    std::string text = base::scheduled_options(from,
                                               {.scheduler = std::string(scheduler),
                                                .repeat = repeat,
                                                .at = Timestamp(Millis(numbers.due)),
                                                .now = Timestamp(Millis(numbers.now))});
    replace_all(text, numbers.due_text(), "\1");
    replace_all(text, numbers.now_text(), "\2");
    replace_all(text, numbers.delay_text(), "\3");
    return text;
}

}  // namespace

std::string first_run_options(std::string_view from,
                              std::string_view scheduler,
                              const Repeat& repeat) {
    return run_options(from, scheduler, repeat);
}

std::string later_run_options(std::string_view from, std::string_view scheduler) {
    std::string mark = "repeat";
    while (from.find(mark) != from.npos || scheduler.find(mark) != scheduler.npos)
        mark += '+';
    std::string text = run_options(from, scheduler, {.pattern = mark});
    replace_all(text, R"({"pattern":")" + mark + R"(","count":1})", "\4");
    return text;
}

}  // namespace toril::redis_store
