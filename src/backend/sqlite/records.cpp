#include "backend/sqlite/records.hpp"

#include "toril/sqlite/statements.hpp"

#include <charconv>

namespace toril::sqlite {
namespace {

constexpr std::int64_t forget_interval_ms = 60'000;

// answer := { ("n" | "e") length ":" id }*        n: new, e: existed; length in bytes
std::string encode(const Records::AddAnswer& answer) {
    std::string text;
    for (const Result<contract::Added>& added : answer) {
        text += added->existed ? 'e' : 'n';
        text += std::to_string(added->id.size()) + ":" + added->id;
    }
    return text;
}

Records::AddAnswer decode(std::string_view text) {
    Records::AddAnswer answer;
    while (!text.empty()) {
        const bool existed = text.front() == 'e';
        std::size_t length = 0;
        const auto [end, failure] =
            std::from_chars(text.data() + 1, text.data() + text.size(), length);
        const auto head = static_cast<std::size_t>(end - text.data()) + 1;
        if (failure != std::errc() || head + length > text.size()) break;
        answer.emplace_back(contract::Added{std::string(text.substr(head, length)), existed});
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

std::optional<Records::AddAnswer> Records::find_add(const contract::AddParams& add) {
    if (add.repeat_token.empty()) return std::nullopt;
    Cursor row = find_add_.rows(
        prefix_, add.queue, add.repeat_token, static_cast<std::int64_t>(add.repeat_sequence));
    if (!row.next()) return std::nullopt;
    return decode(row.text(0));
}

void Records::keep_add(const contract::AddParams& add,
                       const AddAnswer& answer,
                       std::int64_t now_ms) {
    if (add.repeat_token.empty()) return;
    keep_add_.run(prefix_,
                  add.queue,
                  add.repeat_token,
                  static_cast<std::int64_t>(add.repeat_sequence),
                  now_ms,
                  encode(answer));
    if (now_ms < forget_again_ms_) return;
    forget_again_ms_ = now_ms + forget_interval_ms;
    forget_adds_.run(now_ms - contract::repeat_token_lifetime.count());
}

}  // namespace toril::sqlite
