namespace McpOperator.Protocol;

/// <summary>Keys that a reader which ignores case would take for another.</summary>
internal static class KeyFolding
{
    /// <summary>The known name for which a lax reader would take <paramref name="name"/>, although it is written otherwise.</summary>
    public static string? VariantOf(string name, ReadOnlySpan<string> known)
    {
        foreach (var candidate in known)
        {
            if (name.Length == candidate.Length && name != candidate && Same(name, candidate))
            {
                return candidate;
            }
        }

        return null;
    }

    private static bool Same(string a, string b)
    {
        for (var i = 0; i < a.Length; i++)
        {
            if (Fold(a[i]) != Fold(b[i]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Besides ASCII, two letters fold into an ASCII one in Unicode, and in Go's parser of JSON: the long s and the Kelvin sign. Two more do
    /// in Java's comparison: the i's with and without a dot.
    /// </summary>
    private static char Fold(char c) => c switch
    {
        >= 'A' and <= 'Z' => (char)(c | 0x20),
        '\u017F' => 's',
        '\u212A' => 'k',
        '\u0130' or '\u0131' => 'i',
        _ => c,
    };
}
