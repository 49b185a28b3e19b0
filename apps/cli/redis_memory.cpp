// toril redis memory

#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "json_object.hpp"
#include "redis_link.hpp"

#include <array>
#include <charconv>

namespace toril::cli {
namespace {

struct Field {
    std::string_view info;  // as INFO memory calls it
    std::string_view name;
    bool is_text = false;
};

constexpr std::array<Field, 5> fields{{{"used_memory", "usedBytes"},
                                       {"used_memory_peak", "peakBytes"},
                                       {"maxmemory", "maxBytes"},
                                       {"mem_fragmentation_ratio", "fragmentation"},
                                       {"maxmemory_policy", "policy", true}}};

class RedisMemory final : public Command {
public:
    void declare(Arguments& arguments) override { arguments.output(); }

    Result<Exit> run(Session& session) override {
        Result<RedisLink> link = RedisLink::open(session);
        if (!link) return link.error();
        Result<std::string> text = link->text(redis::Request("INFO").arg("memory"));
        if (!text) return text.error();
        const auto values = info_fields(*text);
        JsonObject object;
        for (const Field& field : fields)
            for (const auto& [name, value] : values) {
                if (name != field.info) continue;
                put(object, field, value);
                if (session.out().is_text())
                    session.out().line(std::string(field.name) + ": " + value);
                // BullMQ needs noeviction: an evicted key is a job that vanishes.
                if (field.info == "maxmemory_policy" && value != "noeviction")
                    session.say("warning: maxmemory-policy is " + value +
                                "; queues need noeviction");
            }
        if (!session.out().is_text()) session.out().json(object.json());
        return Exit::ok;
    }

private:
    static void put(JsonObject& object, const Field& field, const std::string& value) {
        Result<Json> number = Json::parse(value);
        if (field.is_text || !number)
            object.put(field.name, value);
        else
            object.put(field.name, *number);
    }
};

}  // namespace

std::unique_ptr<Command> make_redis_memory() {
    return std::make_unique<RedisMemory>();
}

}  // namespace toril::cli
