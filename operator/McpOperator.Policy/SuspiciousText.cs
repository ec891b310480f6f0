using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Policy;

/// <summary>
/// What in a text deserves a second look by whoever reviews it: an aid to reading, not a filter. Every change of a text is held; this says
/// which to read first, and catches nobody who words an instruction as a fact.
/// </summary>
internal static partial class SuspiciousText
{
    /// <summary>A tool's name that is an ordinary word counts only where it is marked as a name.</summary>
    private const int ShortestPlainName = 3;

    /// <summary>What a text has that the one before had not.</summary>
    /// <param name="before">The text that was approved; nothing when there was none.</param>
    /// <param name="after">The text that waits.</param>
    /// <param name="otherTools">The names of the other tools.</param>
    public static IEnumerable<SurfaceChangeClass> Brought(string? before, string after, IEnumerable<string> otherTools)
    {
        if (Hidden(after).Except(Hidden(before ?? "")).Any())
        {
            yield return SurfaceChangeClass.HiddenText;
        }

        var (old, now) = (Plain(before ?? ""), Plain(after));
        if (Brings(Instructions(), old, now))
        {
            yield return SurfaceChangeClass.Instruction;
        }

        if (otherTools.Any(name => Names(now, name) > Names(old, name)))
        {
            yield return SurfaceChangeClass.ToolReference;
        }

        if (Brings(Addresses(), old, now))
        {
            yield return SurfaceChangeClass.Url;
        }
    }

    /// <summary>
    /// The characters that a reader does not see or takes for others, each as what it is and how often it has come so far: one more of a
    /// kind that is there already is new as well.
    /// </summary>
    private static IEnumerable<(Rune, int)> Hidden(string text)
    {
        var seen = new Dictionary<Rune, int>();
        foreach (var (rune, mark) in VisibleText.Runes(text))
        {
            if (mark)
            {
                seen[rune] = seen.GetValueOrDefault(rune) + 1;
                yield return (rune, seen[rune]);
            }
        }
    }

    private static bool Brings(Regex pattern, string before, string after)
    {
        var known = pattern.Matches(before).Select(m => m.Value).ToList();
        return pattern.Matches(after).Any(match => !known.Remove(match.Value));
    }

    /// <summary>How often a text names a tool. No pattern: there may be half a thousand names for half a thousand texts.</summary>
    private static int Names(string text, string tool)
    {
        var (name, count) = (Plain(tool), 0);
        var isPlainWord = tool.All(char.IsAsciiLetterLower);
        if (isPlainWord && tool.Length < ShortestPlainName)
        {
            return 0;
        }

        for (var at = text.IndexOf(name, StringComparison.Ordinal); at >= 0; at = text.IndexOf(name, at + 1, StringComparison.Ordinal))
        {
            var head = text.AsSpan(0, at);
            var tail = text.AsSpan(at + name.Length);
            var isWhole = (head.IsEmpty || !IsOfName(head[^1])) && (tail.IsEmpty || !IsOfName(tail[0]));
            if (isWhole && (!isPlainWord || IsMarked(head, tail)))
            {
                count++;
            }
        }

        return count;
    }

    private static bool IsOfName(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';

    private static bool IsMarked(ReadOnlySpan<char> head, ReadOnlySpan<char> tail) =>
        (!head.IsEmpty && "\"'`«“".Contains(head[^1], StringComparison.Ordinal))
        || tail.StartsWith("(") || tail.StartsWith(" tool") || head.EndsWith("tool ");

    /// <summary>The text as a model may take it: without what nobody sees, look-alike forms in their plain form, in lower case.</summary>
    private static string Plain(string text) =>
        string.Concat(text.EnumerateRunes().Where(r => !VisibleText.IsInvisible(r)).Select(r => VisibleText.Unstyled(r).ToString())).ToLower(CultureInfo.InvariantCulture);

    // Every repetition is bounded: the texts are a tenant's, and long ones must not take long.
    [GeneratedRegex(
        @"\b(ignore|disregard|forget|override)\b[^.!?\n]{0,40}\b(previous|prior|above|earlier|all|other|any|your|system)\b"
        + @"|\b(do not|don't|never|without)\s+(tell|telling|mention|mentioning|inform|informing|reveal|revealing|show|showing|ask|asking|notify|notifying)\b"
        + @"|\b(you|assistant|model|agent|llm|ai)\s+(must|should|shall|have to|need to|are to|will)\b"
        + @"|\b(always|first|before|instead)\b[^.!?\n]{0,30}\b(call|use|invoke|run|read|send|pass|include)\b"
        + @"|\b(must|always|never)\s+(be\s+)?(call|called|use|used|invoke|invoked|run|send|sent|include|included|pass|passed)\b"
        + @"|\bsystem\s+prompt\b|\binstructions?\s*:|</?\s*(important|system|instructions?|secret|assistant|user)\b"
        + @"|\b(conversation|chat)\s+history\b|\b(api[ _-]?keys?|passwords?|private keys?|credentials|id_rsa|\.env)\b")]
    private static partial Regex Instructions();

    [GeneratedRegex(@"\b[a-z][a-z0-9+.-]{0,20}://[^\s""'<>]+|\b(mailto|data|javascript|tel):[^\s""'<>]+|\bwww\.[^\s""'<>]+|\b\d{1,3}(\.\d{1,3}){3}\b|\b([a-z0-9-]{1,63}\.){1,8}(com|net|org|io|dev|app|ai|co|info|biz|xyz|ru|cn|de|uk|eu|me|sh|cloud|site|online)\b(/[^\s""'<>]*)?")]
    private static partial Regex Addresses();
}
