using McpOperator.Api;

namespace McpOperator.Crds.Tests;

public sealed class ChildNamesTests
{
    private static readonly Func<string, string>[] All =
    [
        ChildNames.Workload, ChildNames.Metrics, ChildNames.Session, ChildNames.Candidate,
        server => ChildNames.Policy(server, "0123abcd"), server => ChildNames.Revision(server, "0123abcd"), server => ChildNames.Version(server, new string('a', 64)),
    ];

    [Test]
    public void A_plain_name_stands_unchanged()
    {
        ChildNames.Workload("weather").Should().Be("weather-mcp");
        ChildNames.Policy("weather", "0123abcd").Should().Be("weather-mcp-policy-0123abcd");
        ChildNames.Revision("weather", "0123abcd").Should().Be("weather-mcp-0123abcd");
        ChildNames.Version("weather", "0123456789abcdef").Should().Be("weather-mcp-v-0123456789ab");
        ChildNames.Candidate("weather").Should().Be("weather-mcp-candidate");
        ChildNames.Metrics("weather").Should().Be("weather-mcp-metrics");
        ChildNames.Session("weather").Should().Be("weather-mcp-session");
    }

    [TestCase("0weather", TestName = "a leading digit")]
    [TestCase("weather.v2", TestName = "dots")]
    [TestCase("w.e.a.t.h.e.r", TestName = "many dots")]
    [TestCase("Weather", TestName = "upper case")]
    [TestCase("9", TestName = "one digit")]
    [TestCase("a", TestName = "one letter")]
    [TestCase("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", TestName = "63 characters")]
    [TestCase("abcdefghijklmnopqrstuvwxyz-123456789-------------------------x", TestName = "a cut that falls on dashes")]
    [TestCase("1.2.3.4.5.6.7.8.9.0.1.2.3.4.5.6.7.8.9.0.1.2.3.4.5.6.7.8.9.0", TestName = "digits and dots")]
    public void Every_name_gives_children_whose_names_are_labels(string server) => AssertLabels(server);

    [Test]
    public void Names_of_all_sorts_give_valid_names_and_never_the_same_twice()
    {
        // A fixed seed: a failure can be looked at again.
        var random = new Random(20261120);
        const string letters = "ab0.-";
        var servers = new HashSet<string>();
        while (servers.Count < 20_000)
        {
            var length = random.Next(1, 64);
            var name = string.Concat(Enumerable.Range(0, length).Select(_ => letters[random.Next(letters.Length)])).Trim('.', '-');
            if (name.Length > 0)
            {
                servers.Add(name);
            }
        }

        servers.SelectMany(Names).Where(name => !IsLabel(name)).Should().BeEmpty();
        servers.SelectMany(server => All.Select(make => make(server))).GroupBy(child => child).Where(g => g.Count() > 1).Should().BeEmpty();
    }

    /// <summary>Whoever knows how names are cut may choose a name that is another one's cut form.</summary>
    [TestCase("weather.v2")]
    [TestCase("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void A_name_chosen_to_look_like_anothers_cut_form_gets_children_of_its_own(string server)
    {
        var cut = ChildNames.Workload(server)[..^"-mcp".Length];

        ChildNames.Workload(cut).Should().NotBe(ChildNames.Workload(server));
        AssertLabels(cut);
    }

    private static void AssertLabels(string server) => Names(server).Should().OnlyContain(name => IsLabel(name));

    /// <summary>Our names, and the longest of those that Knative makes from them.</summary>
    private static IEnumerable<string> Names(string server) => All.Select(make => make(server)).Append(ChildNames.Revision(server, "0123abcd") + "-private");

    private static bool IsLabel(string name) =>
        name.Length <= 63 && char.IsAsciiLetterLower(name[0]) && name[^1] != '-' && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');
}
