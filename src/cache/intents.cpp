#include "cache/intents.hpp"

#include <utility>

namespace toril::cache {

using contract::CacheMark;

std::string Intents::name_of(const Intent& intent) {
    if (intent.kind != Intent::Kind::mark) return "k" + intent.key;
    const char kind = intent.mark.kind == CacheMark::Kind::tag       ? 't'
                      : intent.mark.kind == CacheMark::Kind::pattern ? 'p'
                                                                     : 'a';
    return kind + intent.mark.text;
}

void Intents::add(Intent intent) {
    std::string name = name_of(intent);
    if (const auto known = by_name_.find(name); known != by_name_.end()) {
        if (known->second->intent.kind == Intent::Kind::remove) intent.kind = Intent::Kind::remove;
        entries_.erase(known->second);
        by_name_.erase(known);
    }
    entries_.push_back({std::move(intent), ++latest_});
    by_name_.emplace(std::move(name), std::prev(entries_.end()));
    if (entries_.size() > count_max) replace_by_all();
}

void Intents::replace_by_all() {
    entries_.clear();
    by_name_.clear();
    add({.kind = Intent::Kind::mark, .key = {}, .mark = {.kind = CacheMark::Kind::all}});
}

Intents::Batch Intents::next(std::size_t max) const {
    Batch batch;
    for (const Entry& entry : entries_) {
        const bool fits = batch.intents.size() < max &&
                          (batch.intents.empty() || batch.intents[0].kind == entry.intent.kind);
        if (!fits) break;
        batch.intents.push_back(entry.intent);
        batch.until = entry.number;
    }
    return batch;
}

void Intents::done(const Batch& batch) {
    while (!entries_.empty() && entries_.front().number <= batch.until) {
        by_name_.erase(name_of(entries_.front().intent));
        entries_.pop_front();
    }
}

}  // namespace toril::cache
