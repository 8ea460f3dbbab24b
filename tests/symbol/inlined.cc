/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A program to look up addresses in, never to be run: templates and lambdas
 * that are inlined some levels deep, a function with a cold part, calls through
 * the PLT, names in namespaces, an anonymous one too.
 */
#include <algorithm>
#include <cstdio>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace shapes {

template <typename Number> struct box {
	Number value;

	Number volume(Number scale) const
	{
		return value * value * value * scale;
	}
};

template <typename Function> inline long sum(Function function, long n)
{
	long total = 0;

	for (long i = 0; i < n; i++)
		total += function(i) ^ (total << 1);
	return total;
}

__attribute__((noinline)) long boxes(long n)
{
	return sum([n](long i) { return box<long>{ i }.volume(n); }, n);
}

} // namespace shapes

namespace {

__attribute__((noinline)) long sort_down(std::vector<long> &values)
{
	std::sort(values.begin(), values.end(),
		  [](long a, long b) { return a > b; });
	return values.front();
}

} // namespace

__attribute__((noinline)) long count_words(const std::string &text)
{
	std::map<std::string, long> counts;
	std::function<long(const std::string &)> count =
		[&counts](const std::string &word) { return ++counts[word]; };

	if (text.empty())
		throw std::invalid_argument("no text");
	return count(text.substr(1)) + count(text);
}

extern "C" __attribute__((noinline)) long plain_c_name(long n)
{
	return shapes::boxes(n) + 1;
}

int main(int argc, char **argv)
{
	std::vector<long> values;

	for (long i = 0; i < 100L * argc; i++)
		values.push_back(i * 7919 % 1000);
	std::printf("%ld %ld %ld\n", plain_c_name(argc), sort_down(values),
		    count_words(argv[0]));
	return 0;
}
