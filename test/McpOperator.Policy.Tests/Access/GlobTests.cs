
namespace McpOperator.Policy.Tests;

public sealed class GlobTests
{
    [TestCase("*", "anything", true)]
    [TestCase("*", "", true)]
    [TestCase("get", "get", true)]
    [TestCase("get", "Get", false)]
    [TestCase("get", "gets", false)]
    [TestCase("get*", "get", true)]
    [TestCase("get*", "get_pods", true)]
    [TestCase("*_pods", "get_pods", true)]
    [TestCase("*_pods", "get_pods_all", false)]
    [TestCase("a*b*c", "aXbYbZc", true)]
    [TestCase("a*b*c", "acb", false)]
    [TestCase("**", "x", true)]
    [TestCase("a.c", "abc", false)]
    [TestCase("a.*", "a.b", true)]
    public void A_star_stands_for_any_characters_and_nothing_else_is_special(string pattern, string name, bool matches) =>
        Glob.IsMatch(pattern, name).Should().Be(matches);

    [Test]
    public void The_worst_pattern_takes_no_longer_than_the_product_of_the_lengths() =>
        Glob.IsMatch(string.Concat(Enumerable.Repeat("a*", 63)) + "b", new string('a', 128)).Should().BeFalse();
}
