#include "base/object_writer.hpp"

#include <toril/queue_events.hpp>

#include <algorithm>

namespace toril {
namespace {

// Fields that hold JSON. What other clients wrote need not be any.
std::string json_of(const std::string& text) {
    const Result<Json> json = Json::parse(text);
    return json ? json->text() : Json::string(text).text();
}

bool holds_json(std::string_view field) {
    return field == "data" || field == "returnvalue";
}

// BullMQ's due times may have decimals, so a number is what JSON takes for one.
std::string number_of(const std::string& text) {
    const bool is_number = !text.empty() && (text[0] == '-' || (text[0] >= '0' && text[0] <= '9'));
    return is_number ? json_of(text) : Json::string(text).text();
}

}  // namespace

std::string_view QueueEvent::field(std::string_view key) const noexcept {
    const auto found = std::find_if(
        fields.begin(), fields.end(), [&](const auto& field) { return field.first == key; });
    return found == fields.end() ? std::string_view() : std::string_view(found->second);
}

Json to_json(const QueueEvent& event) {
    base::ObjectWriter object;
    object.string("id", event.id);
    object.string("event", event.name);
    for (const auto& [field, text] : event.fields) {
        if (field == "id" || field == "event") continue;
        if (holds_json(field))
            object.foreign(field, json_of(text));
        else if (field == "delay" && event.name == "delayed")
            object.foreign(field, number_of(text));
        else
            object.foreign(field, Json::string(text).text());
    }
    return std::move(object).finish();
}

}  // namespace toril
