using System.Text;
using System.Text.Json.Nodes;
using McpOperator.Manifests;

namespace McpOperator.Cli.Convert;

/// <summary>An object in our words, and what could not be said in them.</summary>
/// <param name="origin">What it was, such as <c>toolhive.stacklok.dev/v1beta1 MCPServer fetch</c>.</param>
public sealed class Converted(string origin)
{
    private readonly List<string> _notes = [];

    /// <summary>What it was.</summary>
    public string Origin { get; } = origin;

    /// <summary>The object; nothing when its kind has no counterpart.</summary>
    public JsonObject? Manifest { get; set; }

    /// <summary>A line for each field that has no counterpart, or that means something else here.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>Notes something about a field.</summary>
    public void Note(string field, string what) => _notes.Add(Line($"{field}: {what}"));

    /// <summary>The object as YAML, under its notes.</summary>
    public override string ToString()
    {
        var text = new StringBuilder($"# Was {Line(Origin)}.\n");
        foreach (var note in _notes)
        {
            text.Append("# - ").Append(note).Append('\n');
        }

        return text.Append(Manifest is null ? "" : ManifestWriter.ToYaml(Manifest)).ToString();
    }

    /// <summary>A comment ends with its line, whatever stands in a foreign name.</summary>
    private static string Line(string text) => text.ReplaceLineEndings(" ");
}
