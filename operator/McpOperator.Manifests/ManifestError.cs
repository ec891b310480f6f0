namespace McpOperator.Manifests;

/// <summary>Something that a person has to change in a file.</summary>
/// <param name="File">The file's name as the caller gave it.</param>
/// <param name="Line">The line, from 1.</param>
/// <param name="Column">The column, from 1.</param>
/// <param name="Path">The field, such as <c>spec.tools[0].name</c>; empty for the document as a whole.</param>
/// <param name="Message">What is wrong, and what to write instead.</param>
public sealed record ManifestError(string File, int Line, int Column, string Path, string Message)
{
    /// <summary>The form that editors and terminals make clickable: <c>server.yaml:7:3: spec.transprot: unknown field</c>.</summary>
    public override string ToString() => $"{File}:{Line}:{Column}: {(Path.Length == 0 ? "" : Path + ": ")}{Message}";
}

/// <summary>Files cannot be read as what they should be; carries all errors, not only the first.</summary>
public sealed class ManifestException(IReadOnlyList<ManifestError> errors) : Exception(string.Join('\n', errors))
{
    /// <summary>The errors in the order of files and lines.</summary>
    public IReadOnlyList<ManifestError> Errors { get; } = errors;
}
