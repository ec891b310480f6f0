# Lines "type<tab>name<tab>version<tab>SHA-512 in hex" -> a CycloneDX 1.5 bill of materials (https://cyclonedx.org/docs/1.5/json/).
def purl: if .type == "deb" then "pkg:deb/debian/\(.name)@\(.version | @uri)?distro=\($suite)" else "pkg:nuget/\(.name)@\(.version | @uri)" end;
($seed[0:8] + "-" + $seed[8:12] + "-5" + $seed[13:16] + "-8" + $seed[17:20] + "-" + $seed[20:32]) as $uuid
| [split("\n")[] | select(length > 0) | split("\t") | {type: .[0], name: .[1], version: .[2], hash: .[3]}] as $parts
| {
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    serialNumber: "urn:uuid:\($uuid)",
    version: 1,
    metadata: {
      timestamp: $time,
      component: {type: "application", "bom-ref": "pkg:generic/\($name)@\($version)", name: $name, version: $version, purl: "pkg:generic/\($name)@\($version)"}
    },
    components: [$parts[] | {type: "library", "bom-ref": purl, name: .name, version: .version, purl: purl} + (if (.hash // "") == "" then {} else {hashes: [{alg: "SHA-512", content: .hash}]} end)],
    dependencies: [{ref: "pkg:generic/\($name)@\($version)", dependsOn: [$parts[] | purl]}]
  }
