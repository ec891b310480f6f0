using McpOperator.Admission.Images;
using McpOperator.Api;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPServers;

/// <summary>An image without a SHA-256 digest can become another one behind everybody's back.</summary>
public sealed class ImageNotPinned : IPolicy<Review<MCPServer>>
{
    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPServer> review)
    {
        var image = review.New.Spec.Image;
        if (ImageReference.TryParse(image) is not { } reference)
        {
            yield return new("spec.image", Reasons.ImageInvalid, $"'{image}' is no image name; write registry/repository@sha256:<64 lower-case hex digits>.");
        }
        else if (!reference.IsPinned)
        {
            yield return new("spec.image", Reasons.ImageNotPinned, $"'{image}' is not pinned by a SHA-256 digest; write {reference.Name}@sha256:<64 lower-case hex digits>. The digest is what `docker buildx imagetools inspect` or `skopeo inspect` prints.");
        }
    }
}
