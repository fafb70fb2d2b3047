// swift-tools-version: 6.2
import PackageDescription

/// One strict dialect for every Swift target.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6), .strictMemorySafety(), .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"), .enableUpcomingFeature("InferIsolatedConformances"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

/// What the rooms of the program are built with, and those of the library are not, since a package that others depend on
/// may set no flags of its own.
///
/// * A generic type such as `Set<SourceID>` is otherwise made from its name at first use: the runtime looks through all
///   conformances there are for each of its requirements, though the compiler knows them.
/// * Functions in sections of their own can be laid in an order, and left out.
let program: [SwiftSetting] =
  strict + [
    .unsafeFlags(
      [
        "-Xfrontend", "-disable-concrete-type-metadata-mangled-name-accessors", "-Xfrontend",
        "-function-sections",
      ],
      .when(configuration: .release)
    )
  ]

/// How a release is linked: what a start calls lies together, as `.ci/start-order` found it, so that a start reads a few
/// pages and not most of the file.
let linking: [LinkerSetting] = [
  .unsafeFlags(
    [
      "-use-ld=lld", "-Xlinker",
      "--symbol-ordering-file=\(Context.packageDirectory)/Sources/vfioplan/start.order",
      "-Xlinker", "--no-warn-symbol-ordering",
    ],
    .when(configuration: .release)
  )
]

/// A room of the pipeline.
///
/// `Tests/ArchitectureTests` holds the same arrows as data and is the judge of the import lines.
func room(_ name: String, _ imports: Target.Dependency...) -> Target {
  .target(name: name, dependencies: imports, swiftSettings: program)
}

/// A room of the library.
func library(_ name: String, _ imports: Target.Dependency...) -> Target {
  .target(name: name, dependencies: imports, swiftSettings: strict)
}

/// What tests are built with: nobody imports them, so nothing of theirs is kept for other modules, at which Swift 6.3.1 ends
/// with a fault where a kernel of a test wraps another.
let testing: [SwiftSetting] =
  strict + [.unsafeFlags(["-disable-cmo"], .when(configuration: .release))]

/// The tests of one room, or of one concern.
func tests(_ name: String, exclude: [String] = [], _ imports: Target.Dependency...) -> Target {
  .testTarget(name: name, dependencies: imports, exclude: exclude, swiftSettings: testing)
}

let package = Package(
  name: "vfioplan",
  products: [
    .executable(name: "vfioplan", targets: ["vfioplan"]),
    .library(name: "VFIOCore", targets: ["VFIOCore", "LinuxVFIO", "VFIOTypes"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    .systemLibrary(name: "CLibYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    .target(name: "CLinux"),
    room("Diagnostics"),
    library("VFIOTypes"),
    room("HostDoors", "VFIOTypes"),
    room("YAMLSyntax", "CLibYAML", "Diagnostics"),
    room("KeyTables", "YAMLSyntax", "VFIOTypes", "Diagnostics"),
    room("GuestSchema", "KeyTables", "YAMLSyntax", "VFIOTypes", "Diagnostics"),
    room("HostInventory", "KeyTables", "YAMLSyntax", "HostDoors", "VFIOTypes", "Diagnostics"),
    room("Resolution", "GuestSchema", "HostInventory", "VFIOTypes", "Diagnostics"),
    room(
      "Policy",
      "Resolution",
      "GuestSchema",
      "HostInventory",
      "KeyTables",
      "YAMLSyntax",
      "VFIOTypes",
      "Diagnostics"
    ),
    room("VFIOPlan", "VFIOTypes", "Diagnostics"),
    room(
      "Planning",
      "Policy",
      "Resolution",
      "GuestSchema",
      "HostInventory",
      "KeyTables",
      "YAMLSyntax",
      "VFIOPlan",
      "VFIOTypes",
      "Diagnostics"
    ),
    room("ArgumentBackends", "VFIOPlan", "VFIOTypes", "Diagnostics"),
    library("VFIOCore", "VFIOTypes"),
    library("LinuxVFIO", "VFIOCore", "VFIOTypes", "CLinux"),
    room("Execution", "VFIOCore", "VFIOPlan", "VFIOTypes", "Diagnostics"),
    room(
      "HostChanges",
      "VFIOPlan",
      "HostInventory",
      "HostDoors",
      "KeyTables",
      "YAMLSyntax",
      "VFIOTypes",
      "Diagnostics"
    ),
    room("LinuxHost", "HostDoors", "VFIOTypes", "CLinux"),
    room("RemoteHost", "VFIOCore", "HostDoors", "VFIOTypes"),
    room(
      "Commands",
      "ArgumentBackends",
      "Diagnostics",
      "Execution",
      "GuestSchema",
      "HostChanges",
      "HostDoors",
      "HostInventory",
      "KeyTables",
      "Planning",
      "Policy",
      "RemoteHost",
      "Resolution",
      "VFIOCore",
      "VFIOPlan",
      "VFIOTypes",
      "YAMLSyntax",
      .product(name: "ArgumentParser", package: "swift-argument-parser")
    ),
    .executableTarget(
      name: "vfioplan",
      dependencies: ["Commands", "LinuxHost", "LinuxVFIO"],
      exclude: ["start.order"],
      swiftSettings: strict,
      linkerSettings: linking
    ),
    // For hosts where Swift has no toolchain it is built by the line at its head; here it is built to be tested.
    .executableTarget(name: "vfio-agent"),
    .executableTarget(
      name: "edu-dma",
      dependencies: ["VFIOCore", "LinuxVFIO", "VFIOTypes"],
      path: "Examples/programs/edu-dma",
      swiftSettings: strict
    ),
    .executableTarget(
      name: "core-calls",
      dependencies: ["VFIOCore", "LinuxVFIO", "VFIOTypes"],
      path: "Tests/Lab/core-calls",
      swiftSettings: strict
    ),
    .target(
      name: "TestSupport",
      dependencies: ["HostDoors", "HostInventory", "Policy", "VFIOCore", "VFIOPlan", "VFIOTypes"],
      path: "Tests/TestSupport",
      swiftSettings: strict
    ),
    .executableTarget(
      name: "vfioplan-bench",
      dependencies: [
        "CRoundTrip", "CStepLoop", "Execution", "HostDoors", "LinuxHost", "RemoteHost", "VFIOCore",
        "VFIOPlan", "VFIOTypes",
        "Diagnostics", "TestSupport",
      ],
      path: "Tests/Benchmarks",
      swiftSettings: strict
    ),
    // A program on the library: it sees what is public and no more.
    .executableTarget(
      name: "open-device",
      dependencies: ["VFIOCore", "LinuxVFIO", "VFIOTypes"],
      path: "Examples/programs/open-device",
      packageAccess: false,
      swiftSettings: strict
    ),
    // What the executor's cost is compared with: a loop in C over the same steps.
    .target(name: "CStepLoop", path: "Tests/StepLoop"),
    // What a round trip to an agent is compared with: one to an echo.
    .target(name: "CRoundTrip", path: "Tests/RoundTrip"),
    .target(
      name: "Conformance",
      dependencies: ["VFIOCore", "VFIOTypes"],
      path: "Tests/Conformance",
      swiftSettings: strict
    ),
    // Asks the kernel of the machine it runs on what the model is asked; no part of the product.
    .executableTarget(
      name: "vfio-conformance",
      dependencies: ["Conformance", "HostDoors", "LinuxHost", "LinuxVFIO", "RemoteHost", "VFIOCore"],
      path: "Tests/ConformanceRunner",
      swiftSettings: strict
    ),
    tests("ArchitectureTests"),
    tests(
      "ArgumentBackendsTests",
      "ArgumentBackends",
      "Planning",
      "Policy",
      "Resolution",
      "GuestSchema",
      "HostInventory",
      "YAMLSyntax",
      "VFIOPlan",
      "VFIOTypes",
      "Diagnostics",
      "TestSupport"
    ),
    tests(
      "CommandsTests",
      "Commands",
      "RemoteHost",
      "LinuxHost",
      "HostChanges",
      "HostDoors",
      "HostInventory",
      "Planning",
      "Policy",
      "VFIOCore",
      "VFIOPlan",
      "VFIOTypes",
      "YAMLSyntax",
      "Diagnostics",
      "TestSupport"
    ),
    tests(
      "HostChangesTests",
      "HostChanges",
      "Planning",
      "Policy",
      "Resolution",
      "GuestSchema",
      "YAMLSyntax",
      "HostInventory",
      "HostDoors",
      "VFIOPlan",
      "VFIOTypes",
      "Diagnostics",
      "TestSupport"
    ),
    tests("DiagnosticsTests", "Diagnostics", "TestSupport"),
    tests(
      "ExecutionTests",
      "Conformance",
      "Execution",
      "LinuxVFIO",
      "VFIOCore",
      "VFIOPlan",
      "VFIOTypes",
      "Planning",
      "Policy",
      "Resolution",
      "GuestSchema",
      "HostInventory",
      "KeyTables",
      "YAMLSyntax",
      "Diagnostics",
      "TestSupport"
    ),
    tests(
      "HostInventoryTests",
      "HostInventory",
      "HostDoors",
      "LinuxHost",
      "YAMLSyntax",
      "VFIOTypes",
      "Diagnostics",
      "TestSupport"
    ),
    tests("LinuxVFIOTests", "LinuxVFIO", "VFIOCore", "VFIOTypes", "Conformance"),
    tests("LinuxHostTests", "LinuxHost", "HostDoors", "TestSupport"),
    tests(
      "PlanningTests",
      "Planning",
      "Policy",
      "Resolution",
      "GuestSchema",
      "HostInventory",
      "KeyTables",
      "YAMLSyntax",
      "VFIOPlan",
      "VFIOTypes",
      "Diagnostics",
      "TestSupport"
    ),
    tests(
      "PolicyTests",
      "Policy",
      "Resolution",
      "GuestSchema",
      "HostInventory",
      "KeyTables",
      "YAMLSyntax",
      "VFIOTypes",
      "Diagnostics",
      "TestSupport"
    ),
    tests(
      "RemoteHostTests",
      "RemoteHost",
      "LinuxHost",
      "HostDoors",
      "HostInventory",
      "VFIOCore",
      "VFIOTypes",
      "Conformance",
      "TestSupport",
      "vfio-agent"
    ),
    tests(
      "SchemaTests",
      exclude: ["validate.py"],
      "GuestSchema",
      "HostInventory",
      "KeyTables",
      "YAMLSyntax",
      "Diagnostics",
      "TestSupport"
    ),
    tests(
      "VFIOCoreTests",
      exclude: ["Conformance"],
      "VFIOCore",
      "VFIOTypes",
      "Conformance",
      "TestSupport",
      "open-device"
    ),
    tests("YAMLSyntaxTests", "YAMLSyntax", "Diagnostics", "TestSupport"),
  ]
)
