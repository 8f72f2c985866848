// Results of many commands on many machines, one JSON line each, put together. Runs are only ever paired
// within the line that holds them, so never across machines or days.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tools/json_parts.h"
#include "tools/statistics.h"

namespace morpharena::tool {

// Logarithms of one document's paired ratios.
struct Session {
    std::string host;
    std::vector<double> logs;
};

// One allocator under one title (and parameters), from every line that has it.
struct MergedCell {
    std::map<std::string, unsigned> outcomes;               // verdict -> timed runs
    std::map<std::string, std::vector<Session>> by_metric;  // of the ratio to the first allocator
};

struct MergedTitle {
    std::string title;
    std::string base;  // the label that the others are compared with
    std::set<std::string> hosts;
    std::vector<std::string> labels;  // in the order of their first appearance, `base` first
    std::map<std::string, MergedCell> cells;
};

// An edge of a frontier line.
struct MergedEdge {
    std::string title;
    std::string host;
    std::string label;
    std::optional<std::uint64_t> survives;
};

struct Merged {
    std::vector<MergedTitle> titles;
    std::vector<MergedEdge> edges;
    std::set<std::string> hosts;
    std::size_t lines = 0;            // that were taken
    std::size_t repeated = 0;         // the same result once more
    std::size_t other = 0;            // results of another kind: run, predict
    std::vector<std::string> damage;  // a line each, "file:7: why"
};

// Reads lines into `merged`; `name` is what complaints call the file.
class Merger {
  public:
    void add_file(const std::string& path);  // BadInput when it cannot be read
    void add_line(const std::string& text, const std::string& where);
    Merged finish() && { return std::move(merged_); }

  private:
    void add_compare(const Json& document);
    void add_frontier(const Json& document);
    MergedTitle& title_of(const std::string& title, const std::string& base);

    Merged merged_;
    std::set<std::string> seen_;  // ids
};

// Of one title: all pairs of all its sessions, each session with a level of its own: the mean of the pairs'
// logarithms, Student's interval with the spread within the sessions (pairs less sessions degrees of
// freedom). It speaks of these hosts. Nothing with fewer than two pairs in every session.
std::optional<Ratio> ratio_within(const std::vector<Session>& sessions);

// Over titles: the geometric mean of their ratios, Student's interval over the titles. It speaks of titles
// like these. Nothing with fewer than two.
std::optional<Ratio> ratio_over(const std::vector<double>& logs);

std::string merged_text(const Merged& merged, bool colour);
Json merged_document(const Merged& merged);  // schema "morpharena.merge"

}  // namespace morpharena::tool
