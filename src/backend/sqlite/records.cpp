#include "backend/sqlite/records.hpp"

#include "toril/sqlite/statements.hpp"

#include <charconv>

namespace toril::sqlite {
namespace {

constexpr std::int64_t forget_interval_ms = 60'000;

// An add is refused for one of two reasons.
std::string code_digit(ErrorCode code) {
    return code == ErrorCode::not_found ? "1" : "2";
}
ErrorCode code_from(char digit) {
    return digit == '1' ? ErrorCode::not_found : ErrorCode::wrong_state;
}

// answer := { kind length ":" text }*        length in bytes
//     kind n, e, d    new, existed, deduplicated; text is the id
//     kind r          refused; text is the error's code as one digit, and its message
std::string encode(const Records::AddAnswer& answer) {
    std::string encoded;
    const auto append = [&](char kind, const std::string& text) {
        encoded += kind;
        encoded += std::to_string(text.size()) + ":" + text;
    };
    for (const Result<contract::Added>& added : answer) {
        if (!added)
            append('r', code_digit(added.error().code()) + added.error().message());
        else
            append(added->existed ? 'e' : added->deduplicated ? 'd' : 'n', added->id);
    }
    return encoded;
}

Result<contract::Added> decode_one(char kind, std::string_view text) {
    if (kind == 'r' && !text.empty())
        return Error(code_from(text.front()), std::string(text.substr(1)));
    return contract::Added{std::string(text), kind == 'e', kind == 'd'};
}

Records::AddAnswer decode(std::string_view text) {
    Records::AddAnswer answer;
    while (!text.empty()) {
        const char kind = text.front();
        std::size_t length = 0;
        const auto [end, failure] =
            std::from_chars(text.data() + 1, text.data() + text.size(), length);
        const auto head = static_cast<std::size_t>(end - text.data()) + 1;
        if (failure != std::errc() || head + length > text.size()) break;
        answer.push_back(decode_one(kind, text.substr(head, length)));
        text.remove_prefix(head + length);
    }
    return answer;
}

}  // namespace

Records::Records(Database& db, std::string_view prefix)
    : prefix_(prefix),
      insert_process_(db, sql::store, "insert_process"),
      erase_process_(db, sql::store, "erase_process"),
      other_processes_(db, sql::store, "other_processes"),
      count_commit_(db, sql::store, "count_commit"),
      ledger_(db, sql::store, "ledger"),
      find_add_(db, sql::store, "find_add"),
      keep_add_(db, sql::store, "keep_add"),
      forget_adds_(db, sql::store, "forget_adds") {}

std::int64_t Records::add_process(std::int64_t pid, std::int64_t now_ms) {
    Cursor row = insert_process_.rows(pid, now_ms);
    return row.next() ? row.number(0) : 0;
}

void Records::erase_process(std::int64_t id) {
    erase_process_.run(id);
}

std::vector<std::int64_t> Records::other_processes(std::int64_t id) {
    std::vector<std::int64_t> found;
    Cursor row = other_processes_.rows(id);
    while (row.next())
        found.push_back(row.number(0));
    return found;
}

Ledger Records::ledger() {
    Cursor row = ledger_.rows();
    if (!row.next()) return {};
    return {row.text(0), row.number(1)};
}

std::optional<Records::AddAnswer> Records::find_add(const AddCall& add) {
    if (add.token.empty()) return std::nullopt;
    Cursor row =
        find_add_.rows(prefix_, add.queue, add.token, static_cast<std::int64_t>(add.sequence));
    if (!row.next()) return std::nullopt;
    return decode(row.text(0));
}

void Records::keep_add(const AddCall& add, const AddAnswer& answer, std::int64_t now_ms) {
    if (add.token.empty()) return;
    keep_add_.run(prefix_,
                  add.queue,
                  add.token,
                  static_cast<std::int64_t>(add.sequence),
                  // Later than now for one that is kept for longer than others.
                  now_ms + (add.lifetime - contract::repeat_token_lifetime).count(),
                  encode(answer));
    if (now_ms < forget_again_ms_) return;
    forget_again_ms_ = now_ms + forget_interval_ms;
    forget_adds_.run(now_ms - contract::repeat_token_lifetime.count());
}

}  // namespace toril::sqlite
