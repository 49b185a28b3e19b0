#include "backend/sqlite/reader.hpp"

namespace toril::sqlite {
namespace {

// Questions answered from one state. More would keep the log from beginning anew for too long.
constexpr std::size_t questions_max = 100;

}  // namespace

Status in_read_transaction(Session& session, const std::function<void()>& step) {
    Database& db = session.db;
    if (!db.is_open())
        if (Status opened = db.reopen(); !opened) return opened;
    db.execute("BEGIN");
    session.queues.forget();
    step();
    db.execute("COMMIT");
    if (!db.failed()) return {};
    Error error = db.failure();
    db.roll_back();
    db.close();
    return error;
}

void Reader::run() {
    for (;;) {
        WorkGroup group = queue_.pop(questions_max);
        if (group.empty()) break;
        const Status looked = in_read_transaction(session_, [&] {
            for (const auto& work : group)
                work->run(session_);
        });
        for (const auto& work : group)
            looked ? work->answer() : work->refuse(looked.error());
    }
    session_.db.close();
}

}  // namespace toril::sqlite
