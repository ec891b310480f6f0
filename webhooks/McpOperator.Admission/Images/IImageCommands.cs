using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Images;

/// <summary>What an image starts when nobody says otherwise (OCI image specification, config: <c>Entrypoint</c> and <c>Cmd</c>).</summary>
public sealed record ImageCommand(IReadOnlyList<string> Entrypoint, IReadOnlyList<string> Cmd);

/// <summary>What came out when a registry was asked what an image starts.</summary>
/// <param name="Command">What it starts; nothing when that is not known.</param>
/// <param name="Reason">One word for machines, from <see cref="Api.Reasons"/>.</param>
/// <param name="Message">Why it is not known, and how to mend it.</param>
public sealed record ImageCommandFinding(ImageCommand? Command, string Reason, string Message);

/// <summary>
/// Says what a server's image starts. A stdio server's program is started by the bridge, which has to know it when the spec names none.
/// </summary>
public interface IImageCommands
{
    /// <summary>Asks the image's registry, if the server's spec leaves the question open. Trouble there is a finding, not an exception.</summary>
    /// <returns>Nothing when nobody needs to know, or when the image's name breaks a rule: a registry that is not allowed is not asked.</returns>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    Task<ImageCommandFinding?> FindAsync(Review<MCPServer> review, CancellationToken ct);
}
