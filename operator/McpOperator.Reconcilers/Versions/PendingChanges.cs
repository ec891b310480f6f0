using McpOperator.Api.V1Alpha1;

namespace McpOperator.Reconcilers.Versions;

/// <summary>
/// Differences as a status can bear them: a status is written often and kept with the object, so the texts are cut to the place where they
/// differ. What is cut is marked, and <c>mcp-operator review show</c> shows all of it.
/// </summary>
internal static class PendingChanges
{
    private const int MostListed = 64;
    private const int LongestText = 1024;
    private const int Lead = 64;

    public static IReadOnlyList<SurfaceChange> Shown(IReadOnlyList<SurfaceChange> changes) => [.. changes.Take(MostListed).Select(Cut)];

    public static int Hidden(IReadOnlyList<SurfaceChange> changes) => Math.Max(0, changes.Count - MostListed);

    private static SurfaceChange Cut(SurfaceChange change)
    {
        var (before, after) = (change.Before ?? "", change.After ?? "");
        var common = before.Zip(after).TakeWhile(pair => pair.First == pair.Second).Count();
        var start = Math.Max(0, common - Lead);
        return change with
        {
            Tool = change.Tool[..Math.Min(change.Tool.Length, 256)],
            Field = change.Field[..Math.Min(change.Field.Length, 1024)],
            Before = Cut(change.Before, start),
            After = Cut(change.After, start),
        };
    }

    private static string? Cut(string? text, int start)
    {
        if (text is null || text.Length <= LongestText)
        {
            return text;
        }

        var end = Math.Min(text.Length, start + LongestText);
        var head = start == 0 ? "" : $"[… {start} characters …] ";
        var tail = end == text.Length ? "" : $" [… {text.Length - end} characters …]";
        return head + Whole(text[Math.Min(start, text.Length)..end]) + tail;
    }

    /// <summary>Half a character cannot be written.</summary>
    private static string Whole(string text)
    {
        var from = text.Length > 0 && char.IsLowSurrogate(text[0]) ? 1 : 0;
        var to = text.Length > from && char.IsHighSurrogate(text[^1]) ? text.Length - 1 : text.Length;
        return text[from..to];
    }
}
