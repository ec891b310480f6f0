using System.Reflection;
using System.Text.RegularExpressions;
using McpOperator.Api;
using McpOperator.TestKit;

namespace McpOperator.Docs.Tests;

/// <summary>Whoever is told a reason at three in the morning finds it on the page, and what the page quotes is what the programs say.</summary>
public sealed partial class TroubleshootingTests
{
    private static readonly Type[] Vocabulary = [typeof(Reasons), typeof(AccessReasons), typeof(ProxyReasons), typeof(BridgeReasons), typeof(EventReasons), typeof(ConditionTypes)];

    /// <summary>What says that all is well.</summary>
    private static readonly HashSet<string> Good =
    [
        Reasons.Ready, Reasons.NotRequested, Reasons.Accepted, Reasons.SignatureVerified, Reasons.Active, Reasons.Resolved, Reasons.Current, Reasons.Published, Reasons.Isolated, Reasons.Synced,
        AccessReasons.Granted, AccessReasons.DefaultAllow, AccessReasons.Open, AccessReasons.Observed,
    ];

    private static readonly Page Text = Page.Read("docs/troubleshooting.md");

    [Test]
    public void Every_reason_that_something_can_be_wrong_for_is_on_the_page()
    {
        var named = Word().Matches(Text.Prose).Select(m => m.Groups[1].Value).ToHashSet();

        Words(typeof(Reasons), typeof(AccessReasons), typeof(ProxyReasons), typeof(BridgeReasons)).Where(r => !Good.Contains(r) && !named.Contains(r)).Should().BeEmpty();
    }

    [Test]
    public void Symptoms_name_reasons_that_there_are()
    {
        var known = Words(Vocabulary).ToHashSet();

        Symptoms().SelectMany(s => Word().Matches(s).Select(m => m.Groups[1].Value)).Where(IsReason).Where(w => !known.Contains(w)).Should().BeEmpty();

        // Settings and commands look otherwise.
        static bool IsReason(string word) => Regex.IsMatch(word, "^[A-Z][A-Za-z]+$|^[a-z]+(_[a-z]+)+$");
    }

    [Test]
    public void Quoted_messages_are_the_programs_own()
    {
        var sources = ((string[])["operator", "webhooks"]).SelectMany(f => Directory.EnumerateFiles(Path.Combine(Repository.Root, f), "*.cs", SearchOption.AllDirectories))
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal)).Select(File.ReadAllText).ToList();
        var quoted = Symptoms().SelectMany(s => Quote().Matches(s).Select(m => m.Groups[1].Value)).ToList();

        quoted.Should().HaveCountGreaterThan(8);
        quoted.Where(q => !sources.Any(text => text.Contains(q, StringComparison.Ordinal))).Should().BeEmpty();
    }

    private static IEnumerable<string> Words(params Type[] types) =>
        types.SelectMany(t => t.GetFields(BindingFlags.Public | BindingFlags.Static)).Where(f => f.IsLiteral).Select(f => (string)f.GetRawConstantValue()!);

    /// <summary>The first cells of all rows.</summary>
    private static IEnumerable<string> Symptoms() => Text.Prose.Split('\n').Where(l => l.StartsWith("| ", StringComparison.Ordinal)).Select(l => l.Split('|')[1]);

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Word();

    [GeneratedRegex("(?<!\\*[^*|]*)\"([^\"]+)\"")]
    private static partial Regex Quote();
}
