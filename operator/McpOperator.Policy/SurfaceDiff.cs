using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Policy;

/// <summary>What a version says differently than the approved one, the grave differences first.</summary>
public static class SurfaceDiff
{
    /// <summary>The name of the field that stands for a whole tool.</summary>
    public const string WholeTool = "tool";

    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>
    /// Compares two surfaces, tool by tool under the names that clients see: a renamed tool is a new one. A text that changes in several
    /// grave ways is listed once for each.
    /// </summary>
    /// <param name="approved">What was approved last; nothing when nothing was.</param>
    /// <param name="candidate">What shall serve.</param>
    public static IReadOnlyList<SurfaceChange> Between(Surface? approved, Surface candidate)
    {
        var before = (approved?.Tools ?? []).ToDictionary(t => t.Name, StringComparer.Ordinal);
        var after = candidate.Tools.Select(t => t.Name).ToHashSet(StringComparer.Ordinal);
        var names = after.Concat(before.Keys).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. candidate.Tools.SelectMany(tool => before.TryGetValue(tool.Name, out var old) ? Changed(old, tool, Others(tool)) : New(tool, Others(tool)))
                .Concat(before.Keys.Where(name => !after.Contains(name)).Select(name => Change(name, WholeTool, SurfaceChangeClass.Narrowing, before[name].Description, null)))
                .OrderBy(c => c.Class).ThenBy(c => c.Tool, StringComparer.Ordinal).ThenBy(c => c.Field, StringComparer.Ordinal),
        ];

        IReadOnlyList<string> Others(SurfaceTool tool) => [.. names.Where(name => name != tool.Name)];
    }

    /// <summary>Whether a person has to look at the changes.</summary>
    /// <param name="changes">What is different.</param>
    /// <param name="passing">Classes that the configuration lets pass.</param>
    public static bool NeedsReview(IReadOnlyList<SurfaceChange> changes, IReadOnlyList<SurfaceChangeClass> passing) =>
        changes.Any(change => change.Class != SurfaceChangeClass.Narrowing && !passing.Contains(change.Class));

    private static IEnumerable<SurfaceChange> New(SurfaceTool tool, IReadOnlyList<string> others)
    {
        yield return Change(tool.Name, WholeTool, SurfaceChangeClass.NewTool, null, tool.ToJson().ToJsonString(Readable));
        foreach (var (field, text) in Texts(tool))
        {
            foreach (var grave in SuspiciousText.Brought(null, text, others))
            {
                yield return Change(tool.Name, field, grave, null, text);
            }
        }
    }

    private static IEnumerable<SurfaceChange> Changed(SurfaceTool before, SurfaceTool after, IReadOnlyList<string> others)
    {
        return
        [
            .. Text("description", before.Description, after.Description),
            .. Text("annotations.title", before.Annotations?.Title, after.Annotations?.Title),
            .. SchemaDiff.Between(before.InputSchema, after.InputSchema).SelectMany(Schema),
            .. CanonicalJson.AreEqual(before.Other, after.Other) ? [] : Text("other", Shown(before.Other), Shown(after.Other)),
            .. Value("scope", before.Scope, after.Scope, SurfaceChangeClass.Scope),
            .. Value("sideEffect", SurfaceTool.Word(before.SideEffect), SurfaceTool.Word(after.SideEffect), SurfaceChangeClass.SideEffect),
            .. Value(
                "requiredTrust", SurfaceTool.Word(before.RequiredTrust), SurfaceTool.Word(after.RequiredTrust),
                after.RequiredTrust > before.RequiredTrust ? SurfaceChangeClass.Narrowing : SurfaceChangeClass.Trust),
            .. Hint("readOnlyHint", before.Annotations?.ReadOnlyHint, after.Annotations?.ReadOnlyHint, lax: true),
            .. Hint("destructiveHint", before.Annotations?.DestructiveHint, after.Annotations?.DestructiveHint, lax: false),
            .. Hint("idempotentHint", before.Annotations?.IdempotentHint, after.Annotations?.IdempotentHint, lax: true),
            .. Hint("openWorldHint", before.Annotations?.OpenWorldHint, after.Annotations?.OpenWorldHint, lax: false),
        ];

        IEnumerable<SurfaceChange> Value(string field, string? old, string? now, SurfaceChangeClass kind) =>
            old == now ? [] : [Change(after.Name, field, kind, old, now)];

        IEnumerable<SurfaceChange> Grave(string field, string? old, string? now) =>
            now is null ? [] : SuspiciousText.Brought(old, now, others).Select(kind => Change(after.Name, field, kind, old, now));

        IEnumerable<SurfaceChange> Text(string field, string? old, string? now)
        {
            var grave = Grave(field, old, now).ToList();
            return old == now ? [] : grave.Count > 0 ? grave : [Change(after.Name, field, SurfaceChangeClass.Wording, old, now)];
        }

        IEnumerable<SurfaceChange> Schema(SchemaChange change)
        {
            var (old, now) = (change.Before?.ToJsonString(Readable), change.After?.ToJsonString(Readable));
            return change.Class switch
            {
                SurfaceChangeClass.Wording => Text(change.Path, Shown(change.Before), Shown(change.After)),
                // What is widened brings words with it: names, values to choose from, whole arguments with their descriptions.
                SurfaceChangeClass.SchemaWidened => [Change(after.Name, change.Path, change.Class, old, now), .. Grave(change.Path, old, now)],
                _ => [Change(after.Name, change.Path, change.Class, old, now)],
            };
        }

        IEnumerable<SurfaceChange> Hint(string name, bool? old, bool? now, bool lax)
        {
            var kind = Laxness(now, lax) > Laxness(old, lax) ? SurfaceChangeClass.HintRelaxed : SurfaceChangeClass.Narrowing;
            return Value($"annotations.{name}", SaidAs(old), SaidAs(now), kind);
        }
    }

    /// <summary>What is lax when it is said is unknown when it is not: then the server's own word holds.</summary>
    private static int Laxness(bool? hint, bool lax) => hint is null ? 1 : hint == lax ? 2 : 0;

    private static string? SaidAs(bool? hint) => hint switch { true => "true", false => "false", null => null };

    private static string? Shown(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : node?.ToJsonString(Readable);

    /// <summary>Every text of a tool, and the field in which it stands.</summary>
    private static IEnumerable<(string Field, string Text)> Texts(SurfaceTool tool) =>
        new[] { ("description", tool.Description), ("annotations.title", tool.Annotations?.Title), ("inputSchema", Shown(tool.InputSchema)), ("other", Shown(tool.Other)) }
            .Where(t => t.Item2 is not null).Select(t => (t.Item1, t.Item2!));

    private static SurfaceChange Change(string tool, string field, SurfaceChangeClass kind, string? before, string? after) =>
        new() { Tool = tool, Field = field, Class = kind, Before = before, After = after };
}
