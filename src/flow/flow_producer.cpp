#include "flow/flow_client.hpp"

#include <toril/flow.hpp>
#include <toril/store.hpp>

namespace toril {

class FlowProducer::Impl final : public flow::FlowClient {
public:
    using FlowClient::FlowClient;
};

FlowProducer::FlowProducer(const Store& store)
    : impl_(std::make_shared<Impl>(queue::access_to(store))) {}
FlowProducer::FlowProducer(FlowProducer&&) noexcept = default;
FlowProducer& FlowProducer::operator=(FlowProducer&&) noexcept = default;
FlowProducer::~FlowProducer() = default;

Result<FlowNode> FlowProducer::add(const FlowJob& flow) {
    return impl_->add(flow);
}

std::vector<Result<FlowNode>> FlowProducer::add_bulk(std::span<const FlowJob> flows) {
    return impl_->add_bulk(flows);
}

Result<FlowTree> FlowProducer::tree(std::string_view queue,
                                    std::string_view id,
                                    const FlowTreeOptions& options) const {
    return impl_->tree(queue, id, options);
}

}  // namespace toril
