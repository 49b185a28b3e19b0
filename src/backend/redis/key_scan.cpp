#include "backend/redis/key_scan.hpp"

#include <memory>
#include <utility>

namespace toril::redis_store {
namespace {

void step(ScriptRunner& runner, const std::shared_ptr<KeyScan>& scan, const std::string& cursor) {
    redis::Request request;
    request.command("SCAN").arg(cursor).arg("MATCH").arg(scan->pattern).arg("COUNT").arg(1000);
    if (!scan->type.empty()) request.arg("TYPE").arg(scan->type);
    runner.send(std::move(request), [&runner, scan](Result<redis::Reply> reply) {
        if (!reply) return scan->done(reply.error());
        const redis::Value root = reply->root();
        if (root.size() < 2)
            return scan->done(Error(ErrorCode::corrupt, "redis gave no answer to SCAN"));
        for (const redis::Value key : root[1])
            scan->found(key.text());
        const std::string next(root[0].text());
        if (next == "0") return scan->done({});
        step(runner, scan, next);
    });
}

}  // namespace

void scan_keys(ScriptRunner& runner, KeyScan scan) {
    step(runner, std::make_shared<KeyScan>(std::move(scan)), "0");
}

std::string glob_escaped(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
        if (std::string_view("*?[]\\^").find(c) != std::string_view::npos) escaped += '\\';
        escaped += c;
    }
    return escaped;
}

}  // namespace toril::redis_store
