using System.Text.RegularExpressions;
using McpOperator.TestKit;

namespace McpOperator.Docs.Tests;

/// <summary>Links between pages lead somewhere, and every page can be found.</summary>
public sealed partial class LinksTests
{
    private static readonly string[] Elsewhere = ["AGENTS.md", "crds/REFERENCE.md", "hack/README.md", "test/McpOperator.Benchmarks/README.md", "charts/McpOperator.ChartGen/README.template.md"];

    private static IEnumerable<Page> Pages => Page.All.Concat(Elsewhere.Select(Page.Read));

    [TestCaseSource(nameof(Pages))]
    public void Links_lead_to_a_file_and_a_heading(Page page)
    {
        foreach (var link in Link().Matches(Code().Replace(page.Prose, "")).Select(m => m.Groups[1].Value).Where(l => !l.Contains("://", StringComparison.Ordinal) && !l.StartsWith("mailto:", StringComparison.Ordinal)))
        {
            var (path, anchor) = link.Split('#', 2) is [var p, var a] ? (p, a) : (link, "");
            // The chart's page is made elsewhere than it lies.
            var from = page.Path.EndsWith("README.template.md", StringComparison.Ordinal) ? "charts/mcp-operator/README.md" : page.Path;
            var target = path.Length == 0 ? Path.Combine(Repository.Root, page.Path) : Path.GetFullPath(Path.Combine(Repository.Root, Path.GetDirectoryName(from)!, path));
            (File.Exists(target) || Directory.Exists(target)).Should().BeTrue($"{page} links to {link}");
            if (anchor.Length > 0)
            {
                Page.Read(Path.GetRelativePath(Repository.Root, target)).Anchors.Should().Contain(anchor, $"{page} links to {link}");
            }
        }
    }

    [Test]
    public void The_index_names_every_page()
    {
        var index = Page.Read("docs/README.md").Text;

        Page.All.Select(p => p.Path).Where(p => p.StartsWith("docs/", StringComparison.Ordinal) && p != "docs/README.md")
            .Where(p => !index.Contains($"({Path.GetFileName(p)})", StringComparison.Ordinal)).Should().BeEmpty();
    }

    [GeneratedRegex(@"\[[^\]]*\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("`[^`]*`")]
    private static partial Regex Code();
}
