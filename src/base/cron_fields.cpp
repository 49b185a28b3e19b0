#include "base/cron_fields.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cctype>
#include <charconv>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace toril::base {
namespace {

using Names = std::span<const std::string_view>;

struct FieldSpec {
    std::string_view name;
    int low;
    int high;
    Names names{};  // of `low` and those after it
};

constexpr std::array<std::string_view, 12> month_names{
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> weekday_names{
    "sun", "mon", "tue", "wed", "thu", "fri", "sat"};

const FieldSpec second_field{"second", 0, 59};
const FieldSpec minute_field{"minute", 0, 59};
const FieldSpec hour_field{"hour", 0, 23};
const FieldSpec day_field{"day of month", 1, 31};
const FieldSpec month_field{"month", 1, 12, month_names};
const FieldSpec weekday_field{"day of week", 0, 7, weekday_names};

constexpr std::array<std::pair<std::string_view, std::string_view>, 10> aliases{
    {{"@yearly", "0 0 1 1 *"},
     {"@annually", "0 0 1 1 *"},
     {"@monthly", "0 0 1 * *"},
     {"@weekly", "0 0 * * 0"},
     {"@daily", "0 0 * * *"},
     {"@hourly", "0 * * * *"},
     {"@minutely", "* * * * *"},
     {"@secondly", "* * * * * *"},
     {"@weekdays", "0 0 * * 1-5"},
     {"@weekends", "0 0 * * 0,6"}}};

constexpr std::size_t pattern_bytes_max = 1024;

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        const std::size_t at = text.find(separator);
        parts.push_back(text.substr(0, at));
        if (at == std::string_view::npos) return parts;
        text.remove_prefix(at + 1);
    }
}

std::vector<std::string_view> words(std::string_view text) {
    std::vector<std::string_view> found;
    for (std::size_t at = 0; (at = text.find_first_not_of(" \t", at)) != std::string_view::npos;) {
        const std::size_t end = std::min(text.find_first_of(" \t", at), text.size());
        found.push_back(text.substr(at, end - at));
        at = end;
    }
    return found;
}

// Control characters are shown as '?': a message must not move a terminal's cursor.
std::string quoted(std::string_view text) {
    std::string shown(text.substr(0, 60));
    std::replace_if(
        shown.begin(), shown.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, '?');
    return "\"" + shown + (text.size() > 60 ? "...\"" : "\"");
}

bool same_letters(std::string_view a, std::string_view lower) {
    return std::equal(a.begin(), a.end(), lower.begin(), lower.end(), [](char x, char y) {
        return std::tolower(static_cast<unsigned char>(x)) == y;
    });
}

// Collects the complaint about one field.
class FieldParser {
public:
    FieldParser(const FieldSpec& spec, std::string_view text) : spec_(spec), text_(text) {}

    bool is_wildcard() const { return text_ == "*" || text_ == "?"; }

    // The numbers of a list; `last` takes the items that end in L, which only days have.
    std::uint64_t list(const auto& last) {
        std::uint64_t bits = 0;
        for (const std::string_view item : split(text_, ',')) {
            if (item.empty())
                complain("has an empty item in its list");
            else if (!last(item))
                bits |= range(item);
        }
        return bits;
    }
    std::uint64_t list() {
        return list([](std::string_view) { return false; });
    }

    int number(std::string_view text) {
        for (std::size_t i = 0; i < spec_.names.size(); ++i)
            if (same_letters(text, spec_.names[i])) return spec_.low + static_cast<int>(i);
        const int value = digits(text);
        if (value < 0)
            complain("has " + quoted(text) + ", which is no number" +
                     (spec_.names.empty() ? "" : " or name"));
        else if (value < spec_.low || value > spec_.high)
            complain("has " + std::string(text));
        return std::clamp(value, spec_.low, spec_.high);
    }

    void complain(const std::string& what) {
        if (complaint_.empty())
            complaint_ = std::string(spec_.name) + " " + quoted(text_) + " " + what + "; it is " +
                         std::to_string(spec_.low) + " to " + std::to_string(spec_.high);
    }

    std::string_view text() const { return text_; }
    const std::string& complaint() const { return complaint_; }

private:
    // -1: not a number of at most four digits.
    static int digits(std::string_view text) {
        int value = 0;
        const char* const end = text.data() + text.size();
        const auto read = std::from_chars(text.data(), end, value);
        const bool whole = read.ec == std::errc{} && read.ptr == end;
        return whole && text.size() <= 4 && value >= 0 ? value : -1;
    }

    // *  a  a-b  */n  a/n  a-b/n
    std::uint64_t range(std::string_view item) {
        const std::vector<std::string_view> halves = split(item, '/');
        int low = spec_.low;
        int high = spec_.high;
        if (halves[0] != "*" && halves[0] != "?") {
            const std::vector<std::string_view> ends = split(halves[0], '-');
            low = number(ends[0]);
            if (ends.size() == 2)
                high = number(ends[1]);
            else if (halves.size() == 1)
                high = low;
            if (ends.size() > 2) complain("has a range with more than two ends");
        }
        int step = 1;
        if (halves.size() == 2) step = digits(halves[1]);
        if (halves.size() > 2 || step < 1)
            complain("has a step that is no number from 1");
        else if (low > high)
            complain("has the range " + quoted(halves[0]) + " from high to low");
        std::uint64_t bits = 0;
        for (int value = low; value <= high; value += std::max(step, 1))
            bits |= std::uint64_t{1} << value;
        return bits;
    }

    const FieldSpec& spec_;
    const std::string_view text_;
    std::string complaint_{};
};

std::string read_simple(const FieldSpec& spec, std::string_view text, std::uint64_t& bits) {
    FieldParser field(spec, text);
    bits = field.list();
    return field.complaint();
}

std::string read_days(std::string_view text, CronFields& into) {
    FieldParser field(day_field, text);
    into.any_day = field.is_wildcard();
    into.days = field.list([&](std::string_view item) {
        into.last_day |= item == "L";
        return item == "L";
    });
    return field.complaint();
}

// `5#2`, alone.
void read_nth_weekday(FieldParser& field, CronFields& into) {
    const std::size_t hash = field.text().find('#');
    const std::string_view nth = field.text().substr(hash + 1);
    into.weekdays = std::uint64_t{1} << field.number(field.text().substr(0, hash));
    if (nth.size() == 1 && nth[0] >= '1' && nth[0] <= '5')
        into.nth_weekday = nth[0] - '0';
    else
        field.complain("needs a number from 1 to 5 after '#', and no list");
}

std::string read_weekdays(std::string_view text, CronFields& into) {
    FieldParser field(weekday_field, text);
    into.any_weekday = field.is_wildcard();
    if (text.find('#') != std::string_view::npos) {
        read_nth_weekday(field, into);
    } else {
        into.weekdays = field.list([&](std::string_view item) {
            if (item.back() != 'L') return false;
            item.remove_suffix(1);
            if (item.empty())
                field.complain("has \"L\" without a day before it, as in \"5L\"");
            else
                into.last_weekdays |= std::uint64_t{1} << field.number(item);
            return true;
        });
    }
    // 7 is Sunday too.
    for (std::uint64_t* set : {&into.weekdays, &into.last_weekdays})
        *set = (*set | *set >> 7) & 0x7F;
    return field.complaint();
}

bool is_possible(const CronFields& fields) {
    constexpr std::array<int, 13> days_of{0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (fields.last_day || !fields.any_weekday) return true;
    for (std::size_t month = 1; month < days_of.size(); ++month)
        if ((fields.months >> month & 1) != 0 &&
            (fields.days & ((std::uint64_t{2} << days_of[month]) - 1)) != 0)
            return true;
    return false;
}

Error refused(std::string_view pattern, const std::string& why) {
    return {ErrorCode::invalid_argument, "cron pattern " + quoted(pattern) + ": " + why};
}

// The first set bit from `from` on; 64: there is none.
int next_bit(std::uint64_t bits, int from) {
    return from > 63 ? 64 : std::countr_zero(bits >> from << from);
}

}  // namespace

bool CronFields::has_day(const std::chrono::year_month_day& date) const noexcept {
    if ((months >> static_cast<unsigned>(date.month()) & 1) == 0) return false;
    const auto day = static_cast<unsigned>(date.day());
    const auto last = static_cast<unsigned>((date.year() / date.month() / std::chrono::last).day());
    const unsigned weekday = std::chrono::weekday(std::chrono::sys_days(date)).c_encoding();
    const bool by_day = (days >> day & 1) != 0 || (last_day && day == last);
    const bool by_weekday =
        ((weekdays >> weekday & 1) != 0 &&
         (nth_weekday == 0 || (day + 6) / 7 == static_cast<unsigned>(nth_weekday))) ||
        ((last_weekdays >> weekday & 1) != 0 && day + 7 > last);
    if (any_weekday) return by_day;
    return any_day ? by_weekday : by_day || by_weekday;
}

std::optional<std::chrono::seconds> CronFields::first_time(
    std::chrono::seconds from) const noexcept {
    const std::chrono::hh_mm_ss clock(from);
    const auto hour_from = static_cast<int>(clock.hours().count());
    const auto minute_from = static_cast<int>(clock.minutes().count());
    const auto second_from = static_cast<int>(clock.seconds().count());
    for (int hour = next_bit(hours, hour_from); hour < 64; hour = next_bit(hours, hour + 1)) {
        const bool first_hour = hour == hour_from;
        for (int minute = next_bit(minutes, first_hour ? minute_from : 0); minute < 64;
             minute = next_bit(minutes, minute + 1)) {
            const bool first_minute = first_hour && minute == minute_from;
            const int second = next_bit(seconds, first_minute ? second_from : 0);
            if (second < 64) return std::chrono::seconds(hour * 3600 + minute * 60 + second);
        }
    }
    return std::nullopt;
}

Result<CronFields> parse_cron(std::string_view pattern) {
    if (pattern.size() > pattern_bytes_max)
        return refused(pattern, "longer than " + std::to_string(pattern_bytes_max) + " bytes");
    std::vector<std::string_view> fields = words(pattern);
    for (const auto& [alias, meaning] : aliases)
        if (fields.size() == 1 && fields[0] == alias) fields = words(meaning);
    if (fields.size() == 5) fields.insert(fields.begin(), "0");
    if (fields.size() != 6)
        return refused(pattern,
                       "it has " + std::to_string(fields.size()) +
                           " fields; there are five (minute hour day-of-month month day-of-week), "
                           "or six with seconds in front, or an alias such as @daily");
    CronFields read;
    for (const std::string& complaint : {read_simple(second_field, fields[0], read.seconds),
                                         read_simple(minute_field, fields[1], read.minutes),
                                         read_simple(hour_field, fields[2], read.hours),
                                         read_days(fields[3], read),
                                         read_simple(month_field, fields[4], read.months),
                                         read_weekdays(fields[5], read)})
        if (!complaint.empty()) return refused(pattern, complaint);
    if (!is_possible(read))
        return refused(pattern, "no month of it has such a day, so it would never run");
    return read;
}

}  // namespace toril::base
