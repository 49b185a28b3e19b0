#include "backend/memory/memory_queues.hpp"

#include "base/parent.hpp"

#include <algorithm>

namespace toril::memory {

MemoryQueue& MemoryQueues::at(const std::string& name) {
    std::unique_ptr<MemoryQueue>& queue = queues_[name];
    if (!queue) queue = std::make_unique<MemoryQueue>(*this, name);
    return *queue;
}

MemoryQueue* MemoryQueues::find(const std::string& name) const {
    const auto found = queues_.find(name);
    return found == queues_.end() ? nullptr : found->second.get();
}

JobRecord* MemoryQueues::find(const JobKey& key) const {
    const MemoryQueue* queue = find(key.queue);
    return queue == nullptr ? nullptr : queue->find(key.id);
}

std::vector<MemoryQueue*> MemoryQueues::all() const {
    std::vector<MemoryQueue*> queues;
    for (const auto& [name, queue] : queues_)
        queues.push_back(queue.get());
    std::sort(queues.begin(), queues.end(), [](const MemoryQueue* a, const MemoryQueue* b) {
        return a->name() < b->name();
    });
    return queues;
}

std::string MemoryQueues::key_text(const JobKey& key) const {
    return base::job_key(prefix_, key.queue, key.id);
}

Parent MemoryQueues::parent(const contract::ParentLink& link) const {
    return {.key = {link.queue, link.id},
            .policy = link.policy,
            .key_text = base::job_key(prefix_, link.queue, link.id),
            .json = base::parent_json(prefix_, link.queue, link.id, link.policy)};
}

std::vector<MemoryQueue*> MemoryQueues::take_touched() {
    return std::exchange(touched_, {});
}

void MemoryQueues::touch(MemoryQueue& queue) {
    if (std::find(touched_.begin(), touched_.end(), &queue) == touched_.end())
        touched_.push_back(&queue);
}

}  // namespace toril::memory
