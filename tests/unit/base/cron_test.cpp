#include "base/cron.hpp"

#include "cron_table.hpp"

#include <date/tz.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace toril::base {
namespace {

// "2026-03-28T23:50:00" or with ".500"
Timestamp time_of(const std::string& text) {
    std::istringstream in(text);
    Timestamp time{};
    in >> date::parse("%FT%T", time);
    EXPECT_FALSE(in.fail()) << text;
    return time;
}

std::string text_of(Timestamp time) {
    return date::format("%FT%T", std::chrono::floor<std::chrono::seconds>(time));
}

std::string runs(const std::string& pattern, const std::string& zone, Timestamp from, int count) {
    const Result<Cron> cron = Cron::parse(pattern, zone);
    if (!cron) return cron.error().message();
    std::string text;
    for (int i = 0; i < count; ++i) {
        const auto next = cron->next(from);
        if (!next) return text + " (none)";
        text += (i == 0 ? "" : " ") + text_of(*next);
        from = *next;
    }
    return text;
}

std::string complaint(const std::string& pattern, const std::string& zone = {}) {
    const Result<Cron> cron = Cron::parse(pattern, zone);
    return cron ? "" : cron.error().message();
}

TEST(CronTest, AgreesWithCronParser) {
    for (const CronRow& row : cron_table)
        EXPECT_EQ(runs(row.pattern, row.zone, time_of(row.from), 4), row.runs)
            << row.pattern << " in " << row.zone << " after " << row.from;
}

TEST(CronTest, AgreesWithTheCronParserThatIsRightWhereTheyDiffer) {
    for (const CronRow& row : cron_table_of_one)
        EXPECT_EQ(runs(row.pattern, row.zone, time_of(row.from), 4), row.runs)
            << row.pattern << " in " << row.zone << " after " << row.from;
}

TEST(CronTest, JoinsDaysByOrUnlessOneFieldIsAStarAlone) {
    const Timestamp from = time_of("2027-01-15T00:00:00");

    EXPECT_EQ(runs("0 0 */1 * 1", "", from, 2), "2027-01-16T00:00:00 2027-01-17T00:00:00");
    EXPECT_EQ(runs("0 0 * * 1", "", from, 2), "2027-01-18T00:00:00 2027-01-25T00:00:00");
}

TEST(CronTest, KnowsTheAliasesOfTheNewerCronParserToo) {
    const Timestamp from = time_of("2027-01-15T10:20:30");

    EXPECT_EQ(runs("@annually", "", from, 1), "2028-01-01T00:00:00");
    EXPECT_EQ(runs("@minutely", "", from, 1), "2027-01-15T10:21:00");
    EXPECT_EQ(runs("@secondly", "", from, 1), "2027-01-15T10:20:31");
    EXPECT_EQ(runs("@weekdays", "", from, 1), "2027-01-18T00:00:00");
    EXPECT_EQ(runs("@weekends", "", from, 1), "2027-01-16T00:00:00");
}

// cron-parser leaves the whole day's run out.
TEST(CronTest, RunsOnceAfterAGapThatIsShorterThanAnHourOrAtMidnight) {
    EXPECT_EQ(runs("0 2 * * *", "Australia/Lord_Howe", time_of("2026-10-03T14:00:00"), 2),
              "2026-10-03T15:30:00 2026-10-04T15:00:00");
    EXPECT_EQ(runs("0 0 * * *", "Africa/Cairo", time_of("2026-04-23T12:00:00"), 2),
              "2026-04-23T22:00:00 2026-04-24T21:00:00");
}

TEST(CronTest, RunsOncePerTimeOnTheWallAlsoFromWithinTheSecondHour) {
    EXPECT_EQ(runs("*/15 2 * * *", "Europe/Berlin", time_of("2026-10-25T01:05:00"), 1),
              "2026-10-26T01:00:00");
}

TEST(CronTest, FindsWhatComesOnceInDecades) {
    EXPECT_EQ(runs("0 0 * 2 1#5", "", time_of("2026-01-01T00:00:00"), 1), "2044-02-29T00:00:00");
}

TEST(CronTest, HasNoNextRunBeyondTheCalendar) {
    EXPECT_FALSE(Cron::parse("* * * * *")->next(Timestamp::max()));
    EXPECT_TRUE(Cron::parse("* * * * *")->next(Timestamp::min()));
}

TEST(CronTest, SaysWhichFieldIsWrongAndWhatItMayBe) {
    EXPECT_EQ(complaint("60 * * * *"),
              "cron pattern \"60 * * * *\": minute \"60\" has 60; it is 0 to 59");
    EXPECT_NE(complaint("* 24 * * *").find("hour"), std::string::npos);
    EXPECT_NE(complaint("* * 0 * *").find("day of month"), std::string::npos);
    EXPECT_NE(complaint("* * * 13 *").find("month"), std::string::npos);
    EXPECT_NE(complaint("* * * foo *").find("name"), std::string::npos);
    EXPECT_NE(complaint("* * * * 8").find("day of week"), std::string::npos);
    EXPECT_NE(complaint("61 * * * * *").find("second"), std::string::npos);
    EXPECT_NE(complaint("* * 30 2 *").find("never"), std::string::npos);
    EXPECT_NE(complaint("* * 31 4,6 *").find("never"), std::string::npos);
    EXPECT_NE(complaint("* * * *").find("4 fields"), std::string::npos);
}

TEST(CronTest, RefusesWhatIsNoPattern) {
    for (const char* pattern : {"",
                                "* * * * * * *",
                                "5-1 * * * *",
                                "*/0 * * * *",
                                "a * * * *",
                                "-5 * * * *",
                                "1.5 * * * *",
                                "1- * * * *",
                                "1-2-3 * * * *",
                                "1/2/3 * * * *",
                                ",1 * * * *",
                                "1, * * * *",
                                "H * * * *",
                                "0 0 L-2 * *",
                                "0 0 15W * *",
                                "0 0 1L * *",
                                "0 0 * * L",
                                "0 0 * * 1#6",
                                "0 0 * * 1,2#1",
                                "0 0 * * #1",
                                "0 0 * * *#1",
                                "0 0 * * fri-sun",
                                "0 0 * january *",
                                "@midnight",
                                "*/99999 * * * *",
                                "\x01 * * * *"})
        EXPECT_NE(complaint(pattern), "") << pattern;
    EXPECT_NE(complaint(std::string(5'000, '*')), "");
}

TEST(CronTest, RefusesZonesThatTheSystemDoesNotKnow) {
    for (const char* zone : {"Europe/Nowhere", "../../etc/passwd", "europe/berlin", " "})
        EXPECT_NE(complaint("* * * * *", zone).find("tzdata"), std::string::npos) << zone;
    EXPECT_EQ(complaint("* * * * *", "Etc/UTC"), "");
}

// ---- against a search that looks at each half minute ------------------------------------------

struct Sets {
    std::set<int> seconds, minutes, hours, days, months, weekdays;
    bool any_day = false;
    bool any_weekday = false;
};

class RandomPattern {
public:
    explicit RandomPattern(unsigned seed) : random_(seed) {}

    int below(int end) { return static_cast<int>(random_() % static_cast<unsigned>(end)); }

    Sets sets() {
        Sets sets;
        sets.seconds = below(2) == 0 ? std::set{0} : std::set{0, 30};
        sets.minutes = some(0, 59, 4);
        sets.hours = below(3) == 0 ? all(0, 23) : some(0, 5, 3);
        sets.any_day = below(2) == 0;
        sets.days = sets.any_day ? all(1, 31) : some(1, 31, 12);
        sets.months = below(3) == 0 ? some(1, 12, 6) : all(1, 12);
        sets.any_weekday = below(2) == 0;
        sets.weekdays = sets.any_weekday ? all(0, 6) : some(0, 6, 3);
        return sets;
    }

private:
    static std::set<int> all(int low, int high) {
        std::set<int> numbers;
        for (int n = low; n <= high; ++n)
            numbers.insert(n);
        return numbers;
    }
    std::set<int> some(int low, int high, int most) {
        std::set<int> numbers;
        for (int i = 1 + below(most); i > 0; --i)
            numbers.insert(low + below(high - low + 1));
        return numbers;
    }

    std::mt19937 random_;
};

std::string pattern_of(const Sets& sets) {
    const auto list = [](const std::set<int>& numbers) {
        std::string text;
        for (const int n : numbers)
            text += (text.empty() ? "" : ",") + std::to_string(n);
        return text + " ";
    };
    return list(sets.seconds) + list(sets.minutes) + list(sets.hours) +
           (sets.any_day ? "* " : list(sets.days)) + list(sets.months) +
           (sets.any_weekday ? "*" : list(sets.weekdays));
}

bool matches(const Sets& sets, date::local_seconds local) {
    const auto day = date::floor<date::days>(local);
    const date::year_month_day ymd(day);
    const date::hh_mm_ss clock(local - day);
    const bool by_day = sets.days.contains(static_cast<int>(static_cast<unsigned>(ymd.day())));
    const bool by_weekday =
        sets.weekdays.contains(static_cast<int>(date::weekday(day).c_encoding()));
    const bool right_day = sets.any_day       ? by_weekday
                           : sets.any_weekday ? by_day
                                              : by_day || by_weekday;
    return right_day &&
           sets.months.contains(static_cast<int>(static_cast<unsigned>(ymd.month()))) &&
           sets.hours.contains(static_cast<int>(clock.hours().count())) &&
           sets.minutes.contains(static_cast<int>(clock.minutes().count())) &&
           sets.seconds.contains(static_cast<int>(clock.seconds().count()));
}

// The run that stands for those that the latest gap before `at` left out.
std::optional<date::sys_seconds> run_after_gap(const Sets& sets,
                                               const date::time_zone& zone,
                                               date::sys_seconds at) {
    const date::sys_info info = zone.get_info(at);
    const auto before = zone.get_info(info.begin - 1s).offset;
    for (auto late = 0s; late < info.offset - before; late += 30s)
        if (matches(sets, date::local_seconds((info.begin + before + late).time_since_epoch())))
            return info.begin + late;
    return std::nullopt;
}

bool is_run(const Sets& sets, const date::time_zone& zone, date::sys_seconds at) {
    const bool restricted = sets.hours.size() < 24;
    if (restricted && run_after_gap(sets, zone, at) == at) return true;
    const date::local_seconds local = zone.to_local(at);
    if (!matches(sets, local)) return false;
    return !restricted || zone.to_sys(local, date::choose::earliest) == at;
}

TEST(CronTest, FindsTheFirstRunThatASearchStepByStepFinds) {
    const std::vector<std::pair<std::string, std::string>> starts{
        {"Europe/Berlin", "2026-03-28T00:00:00"},
        {"Europe/Berlin", "2026-10-24T00:00:00"},
        {"America/New_York", "2026-03-07T00:00:00"},
        {"America/New_York", "2026-10-31T00:00:00"},
        {"Australia/Lord_Howe", "2026-10-02T12:00:00"},
        {"Australia/Lord_Howe", "2026-04-03T12:00:00"},
        {"Africa/Cairo", "2026-04-23T00:00:00"},
        {"Asia/Kolkata", "2027-12-31T00:00:00"}};
    for (unsigned seed = 1; seed <= 160; ++seed) {
        RandomPattern random(seed);
        const Sets sets = random.sets();
        const auto& [zone_name, start] = starts[seed % starts.size()];
        const date::time_zone& zone = *date::locate_zone(zone_name);
        const auto from = std::chrono::floor<std::chrono::seconds>(time_of(start)) +
                          random.below(2 * 2'880) * 30s;
        const auto end = from + 36h;
        auto expected = from + 30s;
        while (expected < end && !is_run(sets, zone, expected))
            expected += 30s;

        const Result<Cron> cron = Cron::parse(pattern_of(sets), zone_name);
        if (!cron) continue;  // a day that never comes
        const auto next = cron->next(from);

        ASSERT_TRUE(next) << "seed " << seed;
        EXPECT_GT(*next, from) << "seed " << seed;
        if (expected < end)
            EXPECT_EQ(text_of(*next), text_of(expected))
                << "seed " << seed << ": " << pattern_of(sets) << " " << zone_name;
        else
            EXPECT_GE(*next, end) << "seed " << seed;
    }
}

}  // namespace
}  // namespace toril::base
