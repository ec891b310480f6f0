using System.Text.RegularExpressions;
using McpOperator.TestKit;

namespace McpOperator.Docs.Tests;

/// <summary>A fenced block of a page.</summary>
/// <param name="Language">The word after the fence, such as <c>sh</c>.</param>
/// <param name="Text">What stands between the fences.</param>
/// <param name="Line">Its first line in the page, from 1.</param>
/// <param name="Marks">What the comments right before it say of it: <c>not run</c>, <c>exits</c>, <c>file</c>, <c>as</c>, <c>prints</c>, <c>values</c>, <c>profile</c>.</param>
public sealed record Block(string Language, string Text, int Line, IReadOnlyDictionary<string, string> Marks)
{
    /// <summary>Whether it is part of a comment: readers do not see it, tests use it.</summary>
    public bool IsHidden { get; init; }

    public string? Mark(string name) => Marks.GetValueOrDefault(name);
}

/// <summary>
/// A page of the documentation. Readers see its blocks; tests also see the comments before them:
/// <c>&lt;!-- not run: WHY --&gt;</c>, <c>&lt;!-- exits: CODE --&gt;</c>, <c>&lt;!-- as: reviewer --&gt;</c>, <c>&lt;!-- file: NAME --&gt;</c> (the block
/// that follows is stored under that name; so is the comment's own text, if it has any), <c>&lt;!-- prints --&gt;</c> (the block holds lines
/// that the commands before it printed, with … for what differs), <c>&lt;!-- setup COMMANDS --&gt;</c>.
/// </summary>
public sealed partial class Page
{
    private Page(string path)
    {
        Path = path;
        Text = File.ReadAllText(System.IO.Path.Combine(Repository.Root, path));
        Blocks = [.. Parse()];
    }

    /// <summary>From the repository's root.</summary>
    public string Path { get; }

    public string Text { get; }

    public IReadOnlyList<Block> Blocks { get; }

    /// <summary>The pages whose commands and examples have to hold.</summary>
    public static IEnumerable<Page> All =>
        ((string[])["README.md", "charts/mcp-operator/README.md", .. Directory.EnumerateFiles(System.IO.Path.Combine(Repository.Root, "docs"), "*.md").Select(f => "docs/" + System.IO.Path.GetFileName(f)).Order(StringComparer.Ordinal)])
        .Select(p => new Page(p));

    /// <summary>Anchors that links may name, as GitHub makes them from headings.</summary>
    public IReadOnlySet<string> Anchors => Headings(Text).Select(Anchor).ToHashSet();

    public static Page Read(string path) => new(path);

    public override string ToString() => Path;

    /// <summary>The page without its fenced blocks and comments.</summary>
    public string Prose => string.Join('\n', Lines().Where(l => !l.InBlock).Select(l => l.Text));

    private static IEnumerable<string> Headings(string text) => new Reader(text).Lines.Where(l => !l.InBlock && HeadingLine().IsMatch(l.Text)).Select(l => l.Text.TrimStart('#').Trim());

    private static string Anchor(string heading) =>
        NotInAnchors().Replace(LinkInHeading().Replace(heading, "$1").ToLowerInvariant(), "").Replace(' ', '-');

    private IReadOnlyList<(string Text, bool InBlock)> Lines() => new Reader(Text).Lines;

    private IEnumerable<Block> Parse()
    {
        var lines = Text.Split('\n');
        var marks = new Dictionary<string, string>();
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].TrimStart();
            if (line.StartsWith("<!--", StringComparison.Ordinal))
            {
                var first = i;
                while (!lines[i].Contains("-->", StringComparison.Ordinal))
                {
                    i++;
                }

                var comment = string.Join('\n', lines[first..(i + 1)]).Trim()[4..^3];
                var (head, body) = comment.IndexOf('\n', StringComparison.Ordinal) is var end && end >= 0 ? (comment[..end].Trim(), comment[(end + 1)..]) : (comment.Trim(), "");
                var (name, value) = head.Split(':', 2) is [var n, var v] ? (n.Trim(), v.Trim()) : (head, "");
                if (body.Trim().Length > 0 && name is ("setup" or "file"))
                {
                    yield return new(name == "setup" ? "sh" : "", body, first + 2, new Dictionary<string, string> { [name] = value }) { IsHidden = true };
                }
                else
                {
                    marks[name] = value;
                }
            }
            else if (line.StartsWith("```", StringComparison.Ordinal))
            {
                var (indent, first, language) = (lines[i].Length - line.Length, i + 1, line[3..].Trim());
                i++;
                while (lines[i].Trim() != "```")
                {
                    i++;
                }

                yield return new(language, string.Concat(lines[first..i].Select(l => l[Math.Min(indent, l.Length)..] + "\n")), first + 1, marks);
                marks = [];
            }
            else if (line.Length > 0)
            {
                marks = [];
            }
        }
    }

    [GeneratedRegex("^#{1,6} ")]
    private static partial Regex HeadingLine();

    [GeneratedRegex(@"[^\p{L}\p{N}\- _]")]
    private static partial Regex NotInAnchors();

    [GeneratedRegex(@"\[([^\]]*)\]\([^)]*\)")]
    private static partial Regex LinkInHeading();

    private sealed class Reader
    {
        public Reader(string text)
        {
            var (lines, inFence, inComment) = (new List<(string, bool)>(), false, false);
            foreach (var line in text.Split('\n'))
            {
                var fence = line.TrimStart().StartsWith("```", StringComparison.Ordinal);
                inComment |= line.TrimStart().StartsWith("<!--", StringComparison.Ordinal);
                lines.Add((line, inFence || fence || inComment));
                inFence ^= fence;
                inComment &= !line.Contains("-->", StringComparison.Ordinal);
            }

            Lines = lines;
        }

        public IReadOnlyList<(string Text, bool InBlock)> Lines { get; }
    }
}
