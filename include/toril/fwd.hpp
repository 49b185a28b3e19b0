#pragma once

// Every public name, no definition. Include this instead of declaring our names yourself.

namespace toril {

class Error;
class FlowProducer;
class Json;
class JobContext;
class JobSchedulers;
class Queue;
class QueueEvents;
class Status;
class Store;
class Worker;
template <class T>
class Result;

enum class ErrorCode : unsigned char;
enum class JobState : unsigned char;

struct Backoff;
struct Deduplication;
struct Finding;
struct FlowJob;
struct Job;
struct JobCounts;
struct JobFilter;
struct JobOptions;
struct KeepJobs;
struct LogRecord;
struct NewJob;
struct QueueEvent;
struct Repeat;
struct StoreOptions;
struct WorkerInfo;
struct WorkerOptions;

}  // namespace toril
