/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Something heavy to profile: two threads that never wait, each in templates
 * of the standard library that are inlined many levels deep, with a few MB of
 * DWARF to look them up in.
 *
 * Usage: heavy SECONDS [ROUNDS]; prints "ready" when both threads run, and in
 * the end how many rounds they did. With ROUNDS each does so many, however long
 * that takes.
 */
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <functional>
#include <iomanip>
#include <iostream>
#include <iterator>
#include <list>
#include <map>
#include <memory>
#include <numeric>
#include <random>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>

namespace
{

std::atomic<bool> is_over{ false };
std::atomic<std::size_t> sink{ 0 };
std::atomic<std::size_t> rounds{ 0 };

using word_list = std::vector<std::string>;
using value = std::variant<long, double, std::string, word_list>;

std::string make_line(std::mt19937 &random)
{
	std::ostringstream out;

	out << "host" << random() % 100 << " [" << std::setw(6)
	    << std::setfill('0') << random() % 1000000
	    << "] key=" << random() % 5000 << ' '
	    << (random() % 2 ? "GET" : "POST") << " /path/" << random() % 50
	    << "/item" << random() % 1000;
	return out.str();
}

word_list make_lines(std::mt19937 &random, std::size_t count)
{
	word_list lines;

	std::generate_n(std::back_inserter(lines), count,
			[&random] { return make_line(random); });
	return lines;
}

std::size_t match_lines(const word_list &lines)
{
	static const std::regex form(
		"^host([0-9]+) \\[([0-9]+)\\] key=([0-9]+) (GET|POST) (/\\S+)$");
	static const std::regex part("/([a-z]+)([0-9]*)");
	std::size_t found = 0;

	for (const std::string &line : lines) {
		std::smatch match;

		if (!std::regex_match(line, match, form))
			continue;
		const std::string path = match[5].str();
		found += static_cast<std::size_t>(std::distance(
			std::sregex_iterator(path.begin(), path.end(), part),
			std::sregex_iterator()));
	}
	return found;
}

std::size_t replace_words(const word_list &lines)
{
	static const std::regex digits("[0-9]{3,}");

	return std::accumulate(
		lines.begin(), lines.end(), std::size_t(0),
		[](std::size_t sum, const std::string &line) {
			return sum +
			       std::regex_replace(line, digits, "#").size();
		});
}

std::size_t count_words(const word_list &lines)
{
	std::map<std::string, std::set<std::size_t>> places;
	std::unordered_map<std::string, std::size_t> counts;
	std::size_t at = 0;

	for (const std::string &line : lines) {
		std::istringstream in(line);

		std::for_each(std::istream_iterator<std::string>(in),
			      std::istream_iterator<std::string>(),
			      [&](const std::string &word) {
				      places[word].insert(at);
				      counts[word]++;
			      });
		at++;
	}
	return places.size() + counts.size();
}

template <typename Compare>
std::size_t sort_lines(word_list lines, Compare compare)
{
	std::stable_sort(lines.begin(), lines.end(), compare);
	std::sort(lines.rbegin(), lines.rend(), compare);
	return lines.front().size();
}

std::size_t sort_both_ways(const word_list &lines)
{
	auto by_tail = [](const std::string &a, const std::string &b) {
		return std::lexicographical_compare(a.rbegin(), a.rend(),
						    b.rbegin(), b.rend());
	};

	return sort_lines(lines, std::less<std::string>()) +
	       sort_lines(lines, by_tail);
}

std::size_t visit_values(std::mt19937 &random, const word_list &lines)
{
	std::deque<value> values;
	std::size_t sum = 0;

	for (const std::string &line : lines) {
		switch (random() % 4) {
		case 0:
			values.emplace_back(static_cast<long>(line.size()));
			break;
		case 1:
			values.emplace_front(0.5 * double(line.size()));
			break;
		case 2:
			values.emplace_back(line);
			break;
		default:
			values.emplace_back(word_list{ line, line });
		}
	}
	for (const value &each : values)
		sum += std::visit(
			[](const auto &held) {
				std::ostringstream out;

				if constexpr (std::is_same_v<decltype(held),
							     const word_list &>)
					for (const auto &word : held)
						out << word;
				else
					out << held;
				return out.str().size();
			},
			each);
	return sum;
}

void work(unsigned int seed, std::size_t wanted)
{
	std::mt19937 random(seed);

	for (std::size_t done = 0; !is_over && (!wanted || done < wanted);
	     done++) {
		const word_list lines = make_lines(random, 100);
		const std::function<std::size_t()> steps[] = {
			[&] { return match_lines(lines); },
			[&] { return replace_words(lines); },
			[&] { return count_words(lines); },
			[&] { return sort_both_ways(lines); },
			[&] { return visit_values(random, lines); },
		};

		for (const auto &step : steps)
			sink += step();
		rounds++;
	}
}

} // namespace

int main(int argc, char **argv)
{
	const std::size_t wanted = argc > 2 ? std::atol(argv[2]) : 0;
	std::thread first(work, 1u, wanted), second(work, 2u, wanted);

	std::cout << "ready" << std::endl;
	if (!wanted) {
		std::this_thread::sleep_for(std::chrono::duration<double>(
			argc > 1 ? std::atof(argv[1]) : 1.0));
		is_over = true;
	}
	first.join();
	second.join();
	std::cout << rounds << " rounds" << std::endl;

	return sink == 0;
}
